// Arithmetic: what the tracker does differently in double and in double-double arithmetic.
#pragma once
#include "lanes.hpp"

namespace critlocus {

// Double-double: for paths that pass so close to infinity or to a singularity that Newton's basin, relative to the
// point, is as narrow as double's rounding. There only a predictor of high order makes steps of any length.
template <class Number>
struct Arithmetic {
  static constexpr bool kExtended = true;
  static constexpr int kOrder = 8;               // of the Taylor series, a power of 2
  static constexpr int kRefined = 8;             // so many of its coefficients are corrected twice
  static constexpr double kNoise = 1e-14;        // updates this small (relative) need not contract
  static constexpr double kTolerance = 1e-5;     // of the points along the path, relative to the option
  static constexpr double kLastStep = 1e-10;     // steps shrink like 1 - t towards a singular end: shorter ones tell
  static constexpr double kEndCondition = 1e18;  // no end is called regular beyond it
};

template <>
struct Arithmetic<Complex> {
  static constexpr bool kExtended = false;
  static constexpr int kOrder = 4;
  static constexpr int kRefined = 1;
  static constexpr double kNoise = 1e-10;
  static constexpr double kTolerance = 1.0;
  static constexpr double kLastStep = 1e-4;  // whether the end is singular, is seen with more digits
  static constexpr double kEndCondition = 1e13;
};

}  // namespace critlocus
