// Condition: norms, and an estimate of a matrix's condition number from its factors.
#pragma once
#include "factor.hpp"

namespace critlocus {

template <class Number>
Real norm(const Number* v, int n) {
  Real s(0.0);
  for (int i = 0; i < n; ++i) s = s + norm2(v[i]);
  return sqrt(s);
}

// Frobenius norm of an n x n matrix; of a symmetric one only the lower triangle is read.
template <class Number>
Real matrix_norm(const Number* a, int n, int ld, bool symmetric) {
  Real s(0.0);
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < n; ++k) s = s + norm2(symmetric && k > i ? a[k * ld + i] : a[i * ld + k]);
  return sqrt(s);
}

// |A| |A^-1 b| / |b| for a fixed b of unit entries and scattered phases, repeated once (inverse iteration).
template <class Number>
Real condition_estimate(const Real& size, const Factor<Number>& factor, const Number* factors, Number* work) {
  const int n = factor.n;
  for (int i = 0; i < n; ++i) work[i] = Number(Complex(__builtin_cos(2.4 * i * i), __builtin_sin(2.4 * i * i)));
  factor.solve(factors, work);
  const Real once = norm(work, n);
  factor.solve(factors, work);
  const Real twice = norm(work, n);
  return size * max(twice / once, once / sqrt(Real(double(n))));
}

}  // namespace critlocus
