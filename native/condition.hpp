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

// Norms of a matrix before it is factored: plain, and of its rows after column k is scaled by column[k]. Of a symmetric
// matrix only the lower triangle is read.
template <class Number>
Real matrix_norms(const Number* a, int n, int ld, bool symmetric, const Real* column, Real* row) {
  Real all(0.0);
  for (int i = 0; i < n; ++i) {
    Real scaled(0.0);
    for (int k = 0; k < n; ++k) {
      const Real entry = norm2(symmetric && k > i ? a[k * ld + i] : a[i * ld + k]);
      all = all + entry;
      scaled = scaled + entry * column[k] * column[k];
    }
    row[i] = sqrt(scaled);
  }
  return sqrt(all);
}

// |A| |A^-1 b| / |b| for a fixed b of unit entries and scattered phases, repeated once (inverse iteration). The smaller
// one of A as it is and of A with columns scaled to the size of the unknowns and rows scaled to unit length: the
// condition that is left when unknowns and equations are measured in units of their own.
template <class Number>
Real condition_estimate(const Real& size, const Factor<Number>& factor, const Number* factors, const Real* column,
                        const Real* row, Number* work) {
  const int n = factor.n;
  const Real root = sqrt(Real(double(n)));
  Real found[2];
  for (int scaled = 0; scaled < 2; ++scaled) {
    for (int i = 0; i < n; ++i) work[i] = Number(Complex(__builtin_cos(2.4 * i * i), __builtin_sin(2.4 * i * i)));
    Real length[2];
    for (int k = 0; k < 2; ++k) {
      if (scaled)
        for (int i = 0; i < n; ++i) work[i] = work[i] * row[i];
      factor.solve(factors, work);
      if (scaled)
        for (int i = 0; i < n; ++i) work[i] = work[i] * (Real(1.0) / column[i]);
      length[k] = norm(work, n);
    }
    found[scaled] = (scaled ? root : size) * max(length[1] / length[0], length[0] / root);
  }
  return select(found[1] < found[0], found[1], found[0]);
}

}  // namespace critlocus
