// Ball: complex discs in lanes with rigorous rounding bounds, in round-to-nearest arithmetic.
//
// A disc is a centre, a radius and an upper bound of the centre's modulus. Rounding errors are bounded a priori and
// added to the radius (Higham, Accuracy and Stability of Numerical Algorithms, ch. 3; Rump, Verification methods,
// Acta Numerica 2010), so no rounding mode is switched. With or without fused multiply-add the bounds hold.
#pragma once
#include "lanes.hpp"

namespace critlocus {

constexpr double kUnit = 0x1p-53;         // unit roundoff
constexpr double kInflate = 1.0 + 1e-11;  // covers the rounding of non-negative sums of fewer than 10^4 terms
constexpr double kUnderflow = 1e-290;     // covers underflow in sums of fewer than 10^4 products

inline Real modulus_bound(const Complex& c) {
  return sqrt(norm2(c)) * Real(kInflate) + Real(1e-150);  // squares below 1e-308 may vanish
}

struct Ball {
  Complex c;
  Real r, mag;
  Ball() = default;
  explicit Ball(double x) : c(x), r(0.0), mag(__builtin_fabs(x)) {}
  Ball(const Complex& centre, const Real& radius) : c(centre), r(radius), mag(modulus_bound(centre)) {}
};

// Sum of products of balls; finished by value(), which adds the rounding of all of it.
struct BallSum {
  Accumulator centre;
  Real radius{0.0}, size{0.0};
  double terms = 0.0;
  void grow(const Ball& a, const Ball& b) {
    radius = radius + a.mag * b.r + a.r * (b.mag + b.r);
    size = size + a.mag * b.mag;
    terms += 1.0;
  }
  void add(const Ball& a, const Ball& b) {
    centre.add(a.c, b.c);
    grow(a, b);
  }
  void subtract(const Ball& a, const Ball& b) {
    centre.subtract(a.c, b.c);
    grow(a, b);
  }
  void grow(double c, const Ball& a) {
    radius = radius + a.r * Real(c);
    size = size + a.mag * Real(c);
    terms += 1.0;
  }
  void add(const Ball& a) {
    centre.add(a.c);
    grow(1.0, a);
  }
  void subtract(const Ball& a) {
    centre.subtract(a.c);
    grow(1.0, a);
  }
  void add(double c, const Ball& a) {
    centre.add(c, a.c);
    grow(__builtin_fabs(c), a);
  }
  Ball value() const {
    const Complex c = centre.value();
    // sqrt(2) (terms + 6) units of the sum of moduli bound the rounding of both parts of the centre.
    const Real rounding = size * Real(1.5 * (terms + 6.0) * kUnit);
    return Ball(c, (radius + rounding) * Real(kInflate) + Real(kUnderflow));
  }
};
inline Ball operator*(const Ball& a, const Ball& b) {
  BallSum s;
  s.add(a, b);
  return s.value();
}

}  // namespace critlocus
