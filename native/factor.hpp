// Factorisations of an n x n complex matrix in every lane: LDL^T for symmetric matrices (gradient systems), LU else.
#pragma once
#include "lanes.hpp"

namespace critlocus {

// a = L D L^T without pivoting; only the lower triangle is read. On return a holds L (unit) and 1/D.
// Without pivoting a small pivot costs accuracy; Newton's contraction test sees that and rejects the step. A pivot that
// cancels altogether, as some do at all regular solutions of families of one data point, is replaced by a small one:
// Newton's steps stay exact to some eight digits. Returns where that was done. Reference: Li & Demmel, Making sparse
// Gaussian elimination scalable by static pivoting (1998).
template <class Number>
inline Mask ldl_factor(Number* __restrict a, int n, int ld, Number* __restrict work) {
  constexpr double kCancelled = 1e-14, kReplaced = 1e-8;
  Mask replaced = all_lanes(false);
  for (int j = 0; j < n; ++j) {
    Number* row = a + j * ld;
    const Number whole = row[j];
    SumOf<Number> pivot(whole);
    for (int k = 0; k < j; ++k) {
      work[k] = row[k];  // row[k] holds l_jk * d_k until here
      row[k] = row[k] * a[k * ld + k];
      pivot.subtract(row[k], work[k]);
    }
    Number d = pivot.value();
    const Mask cancelled = norm2(d) < norm2(whole) * Real(kCancelled * kCancelled);
    if (any(cancelled)) {
      d = select(cancelled, whole * Real(kReplaced), d);
      replaced = replaced | cancelled;
    }
    const Number inv = inverse(d);
    row[j] = inv;
    int i = j + 1;
    for (; i + 1 < n; i += 2) {  // entries below stay multiplied by d_j until their row is finished
      Number *p = a + i * ld, *q = p + ld;
      SumOf<Number> s(p[j]), t(q[j]);
      for (int k = 0; k < j; ++k) {
        s.subtract(p[k], row[k]);
        t.subtract(q[k], row[k]);
      }
      p[j] = s.value();
      q[j] = t.value();
    }
    if (i < n) {
      Number* p = a + i * ld;
      SumOf<Number> s(p[j]);
      for (int k = 0; k < j; ++k) s.subtract(p[k], row[k]);
      p[j] = s.value();
    }
  }
  return replaced;
}

// b[i] -= sum over the solved k of entry(i, k) b[k] for the rows in order, from row `first` on by `step`: triangular
// solution. Two rows go together, which keeps more independent sums in flight; finish(i, sum) completes a row.
template <class Number, class Entry, class Finish>
inline void triangular_solve(int n, int first, int step, Number* __restrict b, const Entry& entry,
                             const Finish& finish) {
  int i = first;
  for (int done = 0; done < n; done += 2, i += 2 * step) {
    const int j = i + step;
    SumOf<Number> s(b[i]);
    if (done + 1 == n) {
      for (int c = 0, k = first; c < done; ++c, k += step) s.subtract(entry(i, k), b[k]);
      b[i] = finish(i, s.value());
      break;
    }
    SumOf<Number> t(b[j]);
    for (int c = 0, k = first; c < done; ++c, k += step) {
      s.subtract(entry(i, k), b[k]);
      t.subtract(entry(j, k), b[k]);
    }
    b[i] = finish(i, s.value());
    t.subtract(entry(j, i), b[i]);
    b[j] = finish(j, t.value());
  }
}

template <class Number>
inline void ldl_solve(const Number* __restrict a, int n, int ld, Number* __restrict b) {
  auto lower = [=](int i, int k) -> const Number& { return a[i * ld + k]; };
  auto upper = [=](int i, int k) -> const Number& { return a[k * ld + i]; };
  auto plain = [](int, const Number& sum) { return sum; };
  triangular_solve(n, 0, 1, b, lower, plain);
  for (int i = 0; i < n; ++i) b[i] = b[i] * a[i * ld + i];
  triangular_solve(n, n - 1, -1, b, upper, plain);
}

// a = P^T L U by Crout's order. Rows are exchanged in a lane only where its pivot is below `threshold` times the
// largest entry of the column. On return a holds L (unit), U, and 1/diag(U); pivot[k] is the row exchanged with k.
template <class Number>
inline void lu_factor(Number* __restrict a, int n, int ld, Real* __restrict pivot, double threshold) {
  for (int k = 0; k < n; ++k) {
    Real best{-1.0}, best_row{double(k)}, own{0.0};
    for (int i = k; i < n; ++i) {
      Number* row = a + i * ld;
      SumOf<Number> s(row[k]);
      for (int m = 0; m < k; ++m) s.subtract(row[m], a[m * ld + k]);
      row[k] = s.value();
      const Real size = norm2(row[k]);
      if (i == k) own = size;
      const Mask larger = best < size;
      best = select(larger, size, best);
      best_row = select(larger, Real(double(i)), best_row);
    }
    const Mask exchange = own < best * Real(threshold * threshold);
    pivot[k] = select(exchange, best_row, Real(double(k)));
    if (any(exchange)) {
      for (int i = k + 1; i < n; ++i) {
        const Real index{double(i)};
        const Mask here = exchange & (pivot[k] <= index) & (index <= pivot[k]);
        if (!any(here)) continue;
        for (int c = 0; c < n; ++c) {
          const Number p = a[k * ld + c], q = a[i * ld + c];
          a[k * ld + c] = select(here, q, p);
          a[i * ld + c] = select(here, p, q);
        }
      }
    }
    const Number inv = inverse(a[k * ld + k]);
    for (int i = k + 1; i < n; ++i) a[i * ld + k] = a[i * ld + k] * inv;
    for (int c = k + 1; c < n; ++c) {
      SumOf<Number> s(a[k * ld + c]);
      for (int m = 0; m < k; ++m) s.subtract(a[k * ld + m], a[m * ld + c]);
      a[k * ld + c] = s.value();
    }
    a[k * ld + k] = inv;
  }
}

template <class Number>
inline void lu_solve(const Number* __restrict a, int n, int ld, const Real* __restrict pivot, Number* __restrict b) {
  for (int k = 0; k < n; ++k) {
    const Real own{double(k)};
    if (!any(own < pivot[k])) continue;
    for (int i = k + 1; i < n; ++i) {
      const Real index{double(i)};
      const Mask here = (pivot[k] <= index) & (index <= pivot[k]);
      const Number p = b[k], q = b[i];
      b[k] = select(here, q, p);
      b[i] = select(here, p, q);
    }
  }
  auto entry = [=](int i, int m) -> const Number& { return a[i * ld + m]; };
  triangular_solve(n, 0, 1, b, entry, [](int, const Number& sum) { return sum; });
  triangular_solve(n, n - 1, -1, b, entry, [=](int i, const Number& sum) { return sum * a[i * ld + i]; });
}

// One of the two, chosen once.
template <class Number>
struct Factor {
  int n, ld;
  bool symmetric;
  Number* work;  // n
  Real* pivot;   // n
  // Returns where a pivot was replaced.
  Mask factor(Number* a) const {
    if (symmetric) return ldl_factor(a, n, ld, work);
    lu_factor(a, n, ld, pivot, 0.1);
    return all_lanes(false);
  }
  void solve(const Number* a, Number* b) const {
    if (symmetric)
      ldl_solve(a, n, ld, b);
    else
      lu_solve(a, n, ld, pivot, b);
  }
};

}  // namespace critlocus
