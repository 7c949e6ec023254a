// Tape: a straight-line program of fused sums of products, interpreted once for eight lanes.
//
// Registers: [variables | parameters | constants | temporaries | F | temporaries of J | J as an n x ld matrix].
// One operation is encoded as
//     dst, n_full, n_param, n_misc, then n_full + n_param pairs (a, b), then n_misc triples (c, a, b)
// and means  dst = sum a*b + sum coefficient[c]*a*b  (b = -1: the term is coefficient[c]*a).
// In the n_param pairs, b is affine in the path parameter t, which saves products in Taylor arithmetic.
#pragma once
#include <complex>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "lanes.hpp"

namespace critlocus {

using Code = std::vector<std::int32_t>;

constexpr int kMaxTerms = 9000;  // of one operation: the rounding bounds of ball.hpp rely on it

struct Tape {
  int n = 0;  // variables
  int n_params = 0;
  int n_equations = 0;  // rows of F and J
  int first_const = 0;
  int first_f = 0;  // F occupies [first_f, first_f + n_equations)
  int first_j = 0;  // J[i][k] is register first_j + i*ld + k
  int ld = 0;
  int n_registers = 0;
  bool symmetric = false;  // only the lower triangle of J is computed
  std::vector<std::complex<double>> constants;
  std::vector<double> coefficients;   // coefficient 0 is +1, coefficient 1 is -1
  Code f_inner, f_outer, j_code;      // f_outer computes registers of F that nothing else reads
  std::vector<std::int32_t> j_zeros;  // entries of J that are structurally zero

  int taylor_registers() const { return first_f + n_equations; }
  void check() const;
};

namespace detail {
inline void check_code(const Code& code, const Tape& tape, int limit) {
  std::size_t at = 0;
  auto need = [&](bool ok) {
    if (!ok) throw std::invalid_argument("critlocus tape: malformed code");
  };
  while (at < code.size()) {
    need(at + 4 <= code.size());
    const int dst = code[at], full = code[at + 1], param = code[at + 2], misc = code[at + 3];
    need(dst >= 0 && dst < limit && full >= 0 && param >= 0 && misc >= 0);
    need(full <= kMaxTerms && param <= kMaxTerms && misc <= kMaxTerms && full + param + misc <= kMaxTerms);
    at += 4;
    need(at + 2 * (std::size_t(full) + param) + 3 * std::size_t(misc) <= code.size());
    for (int k = 0; k < 2 * (full + param); ++k) need(code[at + k] >= 0 && code[at + k] < limit);
    at += 2 * (std::size_t(full) + param);
    for (int k = 0; k < misc; ++k, at += 3) {
      need(code[at] >= 0 && code[at] < int(tape.coefficients.size()));
      need(code[at + 1] >= 0 && code[at + 1] < limit);
      need(code[at + 2] >= -1 && code[at + 2] < limit);
    }
  }
}
}  // namespace detail

inline void Tape::check() const {
  const bool ok = n > 0 && n_equations > 0 && n_params >= 0 && first_const == n + n_params &&
                  first_f >= first_const + int(constants.size()) && first_j >= first_f + n_equations && ld >= n &&
                  n_registers == first_j + n_equations * ld && coefficients.size() >= 2;
  if (!ok) throw std::invalid_argument("critlocus tape: inconsistent register layout");
  detail::check_code(f_inner, *this, first_f + n_equations);
  detail::check_code(f_outer, *this, first_f + n_equations);
  detail::check_code(j_code, *this, n_registers);
  for (auto z : j_zeros)
    if (z < first_j || z >= n_registers) throw std::invalid_argument("critlocus tape: bad zero entry");
}

// Runs code over registers of any number type with an accumulator Sum (add, subtract, scaled add, value).
template <class Number, class Sum>
inline void run(const Code& code, const std::vector<double>& coefficients, Number* __restrict r) {
  const std::int32_t* at = code.data();
  const std::int32_t* const end = at + code.size();
  while (at != end) {
    const int dst = at[0], pairs = at[1] + at[2], misc = at[3];
    at += 4;
    Sum sum;
    for (int k = 0; k < pairs; ++k, at += 2) sum.add(r[at[0]], r[at[1]]);
    for (int k = 0; k < misc; ++k, at += 3) {
      const double c = coefficients[at[0]];
      if (at[2] < 0) {
        if (at[0] == 0)
          sum.add(r[at[1]]);
        else if (at[0] == 1)
          sum.subtract(r[at[1]]);
        else
          sum.add(c, r[at[1]]);
      } else if (at[0] == 1) {
        sum.subtract(r[at[1]], r[at[2]]);
      } else {
        sum.add(c, r[at[1]] * r[at[2]]);
      }
    }
    r[dst] = sum.value();
  }
}

template <class Number>
inline void evaluate_f(const Tape& tape, Number* r) {
  run<Number, SumOf<Number>>(tape.f_inner, tape.coefficients, r);
  run<Number, SumOf<Number>>(tape.f_outer, tape.coefficients, r);
}
template <class Number>
inline void evaluate_j(const Tape& tape, Number* r) {
  for (auto z : tape.j_zeros) r[z] = Number(0.0);
  run<Number, SumOf<Number>>(tape.j_code, tape.coefficients, r);
}
template <class Number>
inline void load_constants(const Tape& tape, Number* r) {
  for (std::size_t c = 0; c < tape.constants.size(); ++c)
    r[tape.first_const + c] = Number(Complex(tape.constants[c].real(), tape.constants[c].imag()));
}

}  // namespace critlocus
