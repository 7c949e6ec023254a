// Lanes: eight paths side by side, one per SIMD lane, real and imaginary parts in separate vectors.
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>

namespace critlocus {

constexpr int kLanes = 8;

#if defined(__AVX512F__)
constexpr int kNative = 8;
#elif defined(__AVX__)
constexpr int kNative = 4;
#else
constexpr int kNative = 2;
#endif
constexpr int kPieces = kLanes / kNative;

typedef double NativeReal __attribute__((vector_size(kNative * 8)));
typedef std::int64_t NativeMask __attribute__((vector_size(kNative * 8)));

// Eight booleans (all bits set or none).
struct Mask {
  NativeMask m[kPieces];
  bool operator[](int lane) const { return m[lane / kNative][lane % kNative] != 0; }
  void set(int lane, bool value) { m[lane / kNative][lane % kNative] = value ? -1 : 0; }
};

// Eight doubles.
struct Real {
  NativeReal v[kPieces];
  Real() = default;
  Real(double s) {
    for (int p = 0; p < kPieces; ++p) v[p] = s - NativeReal{};
  }
  double operator[](int lane) const { return v[lane / kNative][lane % kNative]; }
  void set(int lane, double value) { v[lane / kNative][lane % kNative] = value; }
};

#define CRITLOCUS_LANEWISE(T, U, name, expression)  \
  inline T name(const U& a, const U& b) {           \
    T r;                                            \
    for (int p = 0; p < kPieces; ++p) r expression; \
    return r;                                       \
  }
CRITLOCUS_LANEWISE(Real, Real, operator+, .v[p] = a.v[p] + b.v[p])
CRITLOCUS_LANEWISE(Real, Real, operator-, .v[p] = a.v[p] - b.v[p])
CRITLOCUS_LANEWISE(Real, Real, operator*, .v[p] = a.v[p] * b.v[p])
CRITLOCUS_LANEWISE(Real, Real, operator/, .v[p] = a.v[p] / b.v[p])
CRITLOCUS_LANEWISE(Real, Real, min, .v[p] = a.v[p] < b.v[p] ? a.v[p] : b.v[p])
CRITLOCUS_LANEWISE(Real, Real, max, .v[p] = a.v[p] > b.v[p] ? a.v[p] : b.v[p])
CRITLOCUS_LANEWISE(Mask, Real, operator<, .m[p] = (NativeMask)(a.v[p] < b.v[p]))
CRITLOCUS_LANEWISE(Mask, Real, operator<=, .m[p] = (NativeMask)(a.v[p] <= b.v[p]))
CRITLOCUS_LANEWISE(Mask, Mask, operator&, .m[p] = a.m[p] & b.m[p])
CRITLOCUS_LANEWISE(Mask, Mask, operator|, .m[p] = a.m[p] | b.m[p])
#undef CRITLOCUS_LANEWISE

inline Mask operator~(const Mask& a) {
  Mask r;
  for (int p = 0; p < kPieces; ++p) r.m[p] = ~a.m[p];
  return r;
}
inline Mask all_lanes(bool value) {
  Mask r;
  for (int p = 0; p < kPieces; ++p) r.m[p] = NativeMask{} - (value ? 1 : 0);
  return r;
}
inline bool any(const Mask& a) {
  NativeMask u = a.m[0];
  for (int p = 1; p < kPieces; ++p) u |= a.m[p];
  std::int64_t r = 0;
  for (int l = 0; l < kNative; ++l) r |= u[l];
  return r != 0;
}
inline Real select(const Mask& m, const Real& a, const Real& b) {
  Real r;
  for (int p = 0; p < kPieces; ++p) r.v[p] = m.m[p] ? a.v[p] : b.v[p];
  return r;
}
inline Mask select(const Mask& m, const Mask& a, const Mask& b) { return (m & a) | (~m & b); }
inline Real operator-(const Real& a) {
  Real r;
  for (int p = 0; p < kPieces; ++p) r.v[p] = -a.v[p];
  return r;
}
inline Real abs(const Real& a) { return max(a, -a); }
inline Real sqrt(const Real& a) {
  Real r;
  for (int p = 0; p < kPieces; ++p)
    for (int l = 0; l < kNative; ++l) r.v[p][l] = __builtin_sqrt(a.v[p][l]);
  return r;
}

// Eight complex numbers.
struct Complex {
  Real re, im;
  Complex() = default;
  Complex(const Real& r, const Real& i) : re(r), im(i) {}
  Complex(double r, double i = 0.0) : re(r), im(i) {}
  const Complex& hi() const { return *this; }
  void set(int lane, double r, double i) {
    re.set(lane, r);
    im.set(lane, i);
  }
};
inline Complex operator+(const Complex& a, const Complex& b) { return {a.re + b.re, a.im + b.im}; }
inline Complex operator-(const Complex& a, const Complex& b) { return {a.re - b.re, a.im - b.im}; }
inline Complex operator*(const Complex& a, const Complex& b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
inline Complex operator*(const Complex& a, const Real& s) { return {a.re * s, a.im * s}; }
inline Real norm2(const Complex& a) { return a.re * a.re + a.im * a.im; }
inline Complex inverse(const Complex& a) {
  const Real s = Real(1.0) / norm2(a);
  return {a.re * s, -(a.im * s)};
}
inline Complex select(const Mask& m, const Complex& a, const Complex& b) {
  return {select(m, a.re, b.re), select(m, a.im, b.im)};
}

// The accumulator that goes with a number type.
template <class Number>
struct SumOfNumber;
template <class Number>
using SumOf = typename SumOfNumber<Number>::type;

// A running sum of complex products; four independent chains hide the latency of fused multiply-add.
struct Accumulator {
  Real rr, ii, ri, ir;
  explicit Accumulator(const Complex& start) : rr(start.re), ii(0.0), ri(start.im), ir(0.0) {}
  Accumulator() : rr(0.0), ii(0.0), ri(0.0), ir(0.0) {}
  void add(const Complex& a, const Complex& b) {
    rr = rr + a.re * b.re;
    ii = ii + a.im * b.im;
    ri = ri + a.re * b.im;
    ir = ir + a.im * b.re;
  }
  void subtract(const Complex& a, const Complex& b) {
    rr = rr - a.re * b.re;
    ii = ii - a.im * b.im;
    ri = ri - a.re * b.im;
    ir = ir - a.im * b.re;
  }
  void add(const Complex& a) {
    rr = rr + a.re;
    ri = ri + a.im;
  }
  void subtract(const Complex& a) {
    rr = rr - a.re;
    ri = ri - a.im;
  }
  void add(double c, const Complex& a) {
    rr = rr + a.re * Real(c);
    ri = ri + a.im * Real(c);
  }
  Complex value() const { return {rr - ii, ri + ir}; }
};
template <>
struct SumOfNumber<Complex> {
  using type = Accumulator;
};

}  // namespace critlocus
