// Truncated Taylor arithmetic on a tape: the coefficients of s^k in F(x(s); p(s)), order by order.
// Reference: Griewank & Walther, Evaluating Derivatives, ch. 13.
#pragma once
#include "tape.hpp"

namespace critlocus {

constexpr int kTaylorOrder = 4;

// r[k] holds the coefficients of s^k of all registers.
using TaylorRegisters = Complex* const*;

template <int K>
inline void taylor_product(Accumulator& sum, TaylorRegisters r, int a, int b) {
  for (int i = 0; i <= K; ++i) sum.add(r[i][a], r[K - i][b]);
}

template <int K>
inline Complex taylor_sum(const std::int32_t* at, int full, int param, int misc,
                          const std::vector<double>& coefficients, TaylorRegisters r) {
  Accumulator sum;
  for (int k = 0; k < full; ++k, at += 2) taylor_product<K>(sum, r, at[0], at[1]);
  for (int k = 0; k < param; ++k, at += 2) {
    sum.add(r[K][at[0]], r[0][at[1]]);
    if (K > 0) sum.add(r[K - 1][at[0]], r[1][at[1]]);
  }
  for (int k = 0; k < misc; ++k, at += 3) {
    const double c = coefficients[at[0]];
    if (at[2] < 0) {
      sum.add(c, r[K][at[1]]);
    } else {
      Accumulator product;
      taylor_product<K>(product, r, at[1], at[2]);
      sum.add(c, product.value());
    }
  }
  return sum.value();
}

// Order K of every register, and order K - 1 again first (its variables are known by now) when K > 1.
template <int K>
inline void taylor_run(const Code& code, const std::vector<double>& coefficients, TaylorRegisters r,
                       bool renew) {
  const std::int32_t* at = code.data();
  const std::int32_t* const end = at + code.size();
  while (at != end) {
    const int dst = at[0], full = at[1], param = at[2], misc = at[3];
    at += 4;
    if (K > 1 && renew)
      r[K - 1][dst] = taylor_sum<(K > 1 ? K - 1 : 1)>(at, full, param, misc, coefficients, r);
    r[K][dst] = taylor_sum<K>(at, full, param, misc, coefficients, r);
    at += 2 * (full + param) + 3 * misc;
  }
}

// Coefficient of s^K of F, given the coefficients of s^0..s^K of variables and parameters.
template <int K>
inline void taylor_f(const Tape& tape, TaylorRegisters r) {
  taylor_run<K>(tape.f_inner, tape.coefficients, r, true);
  taylor_run<K>(tape.f_outer, tape.coefficients, r, false);
}

}  // namespace critlocus
