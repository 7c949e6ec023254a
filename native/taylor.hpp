// Truncated Taylor arithmetic on a tape: the coefficients of s^k in F(x(s); p(s)), order by order.
// Reference: Griewank & Walther, Evaluating Derivatives, ch. 13.
#pragma once
#include "tape.hpp"

namespace critlocus {

constexpr int kTaylorOrder = 4;

// r[k] holds the coefficients of s^k of all registers.
template <class Number>
using TaylorRegisters = Number* const*;

template <int K, class Number>
inline void taylor_product(SumOf<Number>& sum, TaylorRegisters<Number> r, int a, int b) {
  for (int i = 0; i <= K; ++i) sum.add(r[i][a], r[K - i][b]);
}

template <int K, class Number>
inline Number taylor_sum(const std::int32_t* at, int full, int param, int misc, const std::vector<double>& coefficients,
                         TaylorRegisters<Number> r) {
  SumOf<Number> sum;
  for (int k = 0; k < full; ++k, at += 2) taylor_product<K, Number>(sum, r, at[0], at[1]);
  for (int k = 0; k < param; ++k, at += 2) {
    sum.add(r[K][at[0]], r[0][at[1]]);
    if (K > 0) sum.add(r[K - 1][at[0]], r[1][at[1]]);
  }
  for (int k = 0; k < misc; ++k, at += 3) {
    const double c = coefficients[at[0]];
    if (at[2] < 0) {
      sum.add(c, r[K][at[1]]);
    } else {
      SumOf<Number> product;
      taylor_product<K, Number>(product, r, at[1], at[2]);
      sum.add(c, product.value());
    }
  }
  return sum.value();
}

// Order K of every register, and order K - 1 again first (its variables are known by now) when K > 1.
template <int K, class Number>
inline void taylor_run(const Code& code, const std::vector<double>& coefficients, TaylorRegisters<Number> r,
                       bool renew) {
  const std::int32_t* at = code.data();
  const std::int32_t* const end = at + code.size();
  while (at != end) {
    const int dst = at[0], full = at[1], param = at[2], misc = at[3];
    at += 4;
    if (K > 1 && renew) r[K - 1][dst] = taylor_sum<(K > 1 ? K - 1 : 1), Number>(at, full, param, misc, coefficients, r);
    r[K][dst] = taylor_sum<K, Number>(at, full, param, misc, coefficients, r);
    at += 2 * (full + param) + 3 * misc;
  }
}

// Coefficient of s^K of F, given the coefficients of s^0..s^K of variables and parameters.
template <int K, class Number>
inline void taylor_f(const Tape& tape, TaylorRegisters<Number> r) {
  taylor_run<K, Number>(tape.f_inner, tape.coefficients, r, true);
  taylor_run<K, Number>(tape.f_outer, tape.coefficients, r, false);
}

}  // namespace critlocus
