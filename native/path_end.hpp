// PathEnd: what a path has come to where it stops.
#pragma once
#include <algorithm>

#include "arithmetic.hpp"
#include "tracker.hpp"

namespace critlocus {

constexpr double kEndAccuracy = 1e-8;  // a start less accurate than this is not taken up
constexpr double kWellConditioned = 1e6;

// Newton's updates at the end are as small as they get: it converges as at a regular solution, or its updates are the
// rounding that the condition explains. At a multiple root a chord correction gains less than a digit: neither holds.
// On a curve of solutions Newton converges, too, but then wanders along it: where the condition is bad, only rounding
// counts.
template <class Number>
bool settled(double first, double third, double size, double condition) {
  using A = Arithmetic<Number>;
  const bool fast = first <= 1e-7 * size && third <= 1e-2 * first && third <= 1e-12 * size;
  if (condition < kWellConditioned) return fast || first <= 4e-15 * condition * size;
  return first <= (A::kExtended ? 1e-27 * condition : 4e-15 * kWellConditioned) * size;
}

// Factors without a pivot that is worth anything lead Newton away from where the path has arrived.
inline bool astray(double first, double third, double size) { return !(third <= std::max(first, 1e-4 * size)); }

// A settled end is called singular where its condition, or steps that shrank on the way to it, say so.
template <class Number>
bool regular_end(double condition, double last_step) {
  using A = Arithmetic<Number>;
  return condition < kWellConditioned || (condition < A::kEndCondition && last_step > A::kLastStep);
}

// What a path that can take no further step has run into: near t = 1 it is the target's doing. In double arithmetic a
// path far out may still come back: only one that is very far is given up.
template <class Number>
PathStatus stalled(double t, double relative_size) {
  constexpr double kNearEnd = 0.999, kFar = Arithmetic<Number>::kExtended ? 1e3 : 3e6;
  if (!(t > kNearEnd)) return PathStatus::kStepTooSmall;
  return relative_size > kFar ? PathStatus::kDiverged : PathStatus::kSingular;
}

// Whether more digits may help a path that ended like this.
inline bool worth_extending(PathStatus status, double t) {
  constexpr double kAtEnd = 1e-9;
  if (status == PathStatus::kStepTooSmall) return true;
  return status == PathStatus::kSingular && (t >= 1.0 || t < 1.0 - kAtEnd);
}

}  // namespace critlocus
