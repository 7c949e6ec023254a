// Truncated Taylor arithmetic on a tape: the coefficients of s^k in F(x(s); p(s)), order by order.
// Reference: Griewank & Walther, Evaluating Derivatives, ch. 13.
#pragma once
#include "tape.hpp"

namespace critlocus {

constexpr int kTaylorOrder = 4;

// r[k] holds the coefficients of s^k of all registers.
template <class Number>
using TaylorRegisters = Number* const*;

// Whether the coefficients of s^K of the variables are known, or still 0 so that F shows what they have to balance.
enum class Newest { kKnown, kZero };

template <int K, Newest newest, class Number>
inline void taylor_product(SumOf<Number>& sum, TaylorRegisters<Number> r, int n, int a, int b) {
  if (newest == Newest::kKnown || b >= n) sum.add(r[0][a], r[K][b]);
  for (int i = 1; i < K; ++i) sum.add(r[i][a], r[K - i][b]);
  if (newest == Newest::kKnown || a >= n) sum.add(r[K][a], r[0][b]);
}

template <int K, Newest newest, class Number>
inline Number taylor_sum(const std::int32_t* at, int full, int param, int misc, const Tape& tape,
                         TaylorRegisters<Number> r) {
  const int n = tape.n;
  SumOf<Number> sum;
  for (int k = 0; k < full; ++k, at += 2) taylor_product<K, newest, Number>(sum, r, n, at[0], at[1]);
  for (int k = 0; k < param; ++k, at += 2) {
    if (newest == Newest::kKnown || at[0] >= n) sum.add(r[K][at[0]], r[0][at[1]]);
    sum.add(r[K - 1][at[0]], r[1][at[1]]);
  }
  for (int k = 0; k < misc; ++k, at += 3) {
    const double c = tape.coefficients[at[0]];
    if (at[2] < 0) {
      sum.add(c, r[K][at[1]]);
    } else {
      SumOf<Number> product;
      taylor_product<K, newest, Number>(product, r, n, at[1], at[2]);
      sum.add(c, product.value());
    }
  }
  return sum.value();
}

// Order K of every register, and order K - 1 again first (its variables are known by now) when K > 1.
template <int K, Newest newest, class Number>
inline void taylor_run(const Code& code, const Tape& tape, TaylorRegisters<Number> r, bool renew) {
  const std::int32_t* at = code.data();
  const std::int32_t* const end = at + code.size();
  while (at != end) {
    const int dst = at[0], full = at[1], param = at[2], misc = at[3];
    at += 4;
    if constexpr (K > 1)
      if (renew) r[K - 1][dst] = taylor_sum<K - 1, Newest::kKnown, Number>(at, full, param, misc, tape, r);
    r[K][dst] = taylor_sum<K, newest, Number>(at, full, param, misc, tape, r);
    at += 2 * (full + param) + 3 * misc;
  }
}

// Coefficient of s^K of F, given the coefficients of s^0..s^K of variables and parameters.
template <int K, Newest newest = Newest::kKnown, class Number>
inline void taylor_f(const Tape& tape, TaylorRegisters<Number> r) {
  taylor_run<K, newest, Number>(tape.f_inner, tape, r, true);
  taylor_run<K, newest, Number>(tape.f_outer, tape, r, false);
}

}  // namespace critlocus
