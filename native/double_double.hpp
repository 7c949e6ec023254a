// Double-double: complex numbers to about 31 digits in lanes, and discs around them.
//
// Reference: Dekker (1971); Joldes, Muller & Popescu, Tight and rigorous error bounds for basic building blocks of
// double-word arithmetic (2017): every sum and product below has a relative error of at most 8 u^2, u = 2^-53.
// Files that include this are compiled without contraction of a*b + c, which would break two_sum and two_prod.
#pragma once
#if defined(__FMA__)
#include <immintrin.h>
#endif

#include "ball.hpp"
#include "lanes.hpp"

namespace critlocus {

struct DoubleDouble {
  Real hi, lo;
};

inline DoubleDouble two_sum(const Real& a, const Real& b) {
  const Real s = a + b, t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}
inline DoubleDouble quick_two_sum(const Real& a, const Real& b) {
  const Real s = a + b;
  return {s, b - (s - a)};
}

// a * b - p with one rounding.
inline Real product_error(const Real& a, const Real& b, const Real& p) {
#if defined(__AVX512F__)
  Real e;
  e.v[0] = (NativeReal)_mm512_fmsub_pd((__m512d)a.v[0], (__m512d)b.v[0], (__m512d)p.v[0]);
  return e;
#elif defined(__FMA__)
  Real e;
  for (int k = 0; k < kPieces; ++k)
    e.v[k] = (NativeReal)_mm256_fmsub_pd((__m256d)a.v[k], (__m256d)b.v[k], (__m256d)p.v[k]);
  return e;
#elif defined(__aarch64__)
  Real e;
  for (int k = 0; k < kPieces; ++k)
    for (int l = 0; l < kNative; ++l) e.v[k][l] = __builtin_fma(a.v[k][l], b.v[k][l], -p.v[k][l]);
  return e;
#else
  auto split = [](const Real& x) {
    const Real t = Real(134217729.0) * x;
    const Real hi = t - (t - x);
    return DoubleDouble{hi, x - hi};
  };
  const DoubleDouble x = split(a), y = split(b);
  return ((x.hi * y.hi - p) + x.hi * y.lo + x.lo * y.hi) + x.lo * y.lo;
#endif
}

inline DoubleDouble operator+(const DoubleDouble& a, const DoubleDouble& b) {
  DoubleDouble s = two_sum(a.hi, b.hi);
  const DoubleDouble t = two_sum(a.lo, b.lo);
  s = quick_two_sum(s.hi, s.lo + t.hi);
  return quick_two_sum(s.hi, s.lo + t.lo);
}
inline DoubleDouble operator-(const DoubleDouble& a) { return {-a.hi, -a.lo}; }
inline DoubleDouble operator-(const DoubleDouble& a, const DoubleDouble& b) { return a + (-b); }
inline DoubleDouble operator*(const DoubleDouble& a, const DoubleDouble& b) {
  const Real p = a.hi * b.hi;
  const Real e = product_error(a.hi, b.hi, p);
  return quick_two_sum(p, e + (a.hi * b.lo + a.lo * b.hi));
}

struct ComplexDD {
  DoubleDouble re, im;
  ComplexDD() = default;
  ComplexDD(const DoubleDouble& r, const DoubleDouble& i) : re(r), im(i) {}
  explicit ComplexDD(const Complex& hi) : re{hi.re, Real(0.0)}, im{hi.im, Real(0.0)} {}
  ComplexDD(const Complex& hi, const Complex& lo) : re{hi.re, lo.re}, im{hi.im, lo.im} {}
  explicit ComplexDD(double x) : ComplexDD(Complex(x)) {}
  Complex hi() const { return {re.hi, im.hi}; }
  void set(int lane, double r, double i) {
    re.hi.set(lane, r);
    re.lo.set(lane, 0.0);
    im.hi.set(lane, i);
    im.lo.set(lane, 0.0);
  }
};
inline ComplexDD operator+(const ComplexDD& a, const ComplexDD& b) { return {a.re + b.re, a.im + b.im}; }
inline ComplexDD operator-(const ComplexDD& a, const ComplexDD& b) { return {a.re - b.re, a.im - b.im}; }
inline ComplexDD operator*(const ComplexDD& a, const ComplexDD& b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
inline ComplexDD operator*(const ComplexDD& a, double c) {
  const DoubleDouble s{Real(c), Real(0.0)};
  return {a.re * s, a.im * s};
}

inline ComplexDD operator*(const ComplexDD& a, const Real& c) {
  const DoubleDouble s{c, Real(0.0)};
  return {a.re * s, a.im * s};
}
inline Real norm2(const ComplexDD& a) { return norm2(a.hi()); }
inline ComplexDD select(const Mask& m, const ComplexDD& a, const ComplexDD& b) {
  const DoubleDouble re{select(m, a.re.hi, b.re.hi), select(m, a.re.lo, b.re.lo)};
  const DoubleDouble im{select(m, a.im.hi, b.im.hi), select(m, a.im.lo, b.im.lo)};
  return {re, im};
}
inline ComplexDD inverse(const ComplexDD& a) {  // one Newton step from the inverse in double
  const ComplexDD y(inverse(a.hi()));
  return y + y * (ComplexDD(1.0) - a * y);
}

// Sum of products; every step is rounded to a double-double, as the bounds of BallSumDD below presume.
struct SumDD {
  ComplexDD total{0.0};
  SumDD() = default;
  explicit SumDD(const ComplexDD& start) : total(start) {}
  void add(const ComplexDD& a, const ComplexDD& b) { total = total + a * b; }
  void subtract(const ComplexDD& a, const ComplexDD& b) { total = total - a * b; }
  void add(const ComplexDD& a) { total = total + a; }
  void subtract(const ComplexDD& a) { total = total - a; }
  void add(double c, const ComplexDD& a) { total = total + a * c; }
  ComplexDD value() const { return total; }
};

// Sum of products for the tracker: the errors of the leading parts are gathered in a plain sum (Ogita, Rump & Oishi,
// Accurate sum and dot product, 2005), and four independent chains hide latency. About as accurate, and much faster.
struct CompensatedSum {
  DoubleDouble rr, ii, ri, ir;
  CompensatedSum() : CompensatedSum(ComplexDD(0.0)) {}
  explicit CompensatedSum(const ComplexDD& start) : rr(start.re), ii{Real(0.0), Real(0.0)}, ri(start.im), ir(ii) {}
  static void gather(DoubleDouble& sum, const Real& hi, const Real& lo) {
    const DoubleDouble s = two_sum(sum.hi, hi);
    sum = {s.hi, sum.lo + (s.lo + lo)};
  }
  static void gather(DoubleDouble& sum, const DoubleDouble& a, const DoubleDouble& b) {
    const Real p = a.hi * b.hi;
    gather(sum, p, product_error(a.hi, b.hi, p) + (a.hi * b.lo + a.lo * b.hi));
  }
  void add(const ComplexDD& a, const ComplexDD& b) {
    gather(rr, a.re, b.re);
    gather(ii, a.im, b.im);
    gather(ri, a.re, b.im);
    gather(ir, a.im, b.re);
  }
  void subtract(const ComplexDD& a, const ComplexDD& b) { add({-a.re, -a.im}, b); }
  void add(const ComplexDD& a) {
    gather(rr, a.re.hi, a.re.lo);
    gather(ri, a.im.hi, a.im.lo);
  }
  void subtract(const ComplexDD& a) { add(ComplexDD(-a.re, -a.im)); }
  void add(double c, const ComplexDD& a) { add(a * c); }
  ComplexDD value() const { return {rr - ii, ri + ir}; }
};
template <>
struct SumOfNumber<ComplexDD> {
  using type = CompensatedSum;
};

// A disc with a double-double centre; `r` covers rounding, as in ball.hpp.
struct BallDD {
  ComplexDD c;
  Real r, mag;
  BallDD() = default;
  explicit BallDD(double x) : c(x), r(0.0), mag(__builtin_fabs(x)) {}
  BallDD(const ComplexDD& centre, const Real& radius)
      : c(centre), r(radius), mag(modulus_bound(centre.hi()) * Real(1.0 + 1e-14)) {}
};

struct BallSumDD {
  SumDD centre;
  Real radius{0.0}, size{0.0};
  double terms = 0.0;
  void grow(const BallDD& a, const BallDD& b) {
    radius = radius + a.mag * b.r + a.r * (b.mag + b.r);
    size = size + a.mag * b.mag;
    terms += 1.0;
  }
  void grow(double c, const BallDD& a) {
    radius = radius + a.r * Real(c);
    size = size + a.mag * Real(c);
    terms += 1.0;
  }
  void add(const BallDD& a, const BallDD& b) {
    centre.add(a.c, b.c);
    grow(a, b);
  }
  void subtract(const BallDD& a, const BallDD& b) {
    centre.subtract(a.c, b.c);
    grow(a, b);
  }
  void add(const BallDD& a) {
    centre.add(a.c);
    grow(1.0, a);
  }
  void subtract(const BallDD& a) {
    centre.subtract(a.c);
    grow(1.0, a);
  }
  void add(double c, const BallDD& a) {
    centre.add(c, a.c);
    grow(__builtin_fabs(c), a);
  }
  BallDD value() const {
    // Each of the terms costs at most 4 operations a part, each with an error of 8 u^2 of the moduli so far.
    const Real rounding = size * Real(64.0 * (terms + 4.0) * kUnit * kUnit);
    return BallDD(centre.value(), (radius + rounding) * Real(kInflate) + Real(kUnderflow));
  }
};
inline BallDD operator*(const BallDD& a, const BallDD& b) {
  BallSumDD s;
  s.add(a, b);
  return s.value();
}

}  // namespace critlocus
