// WeightedNorm: sizes in which the small coordinates of a point that is far out count as much as its large ones.
#pragma once
#include "lanes.hpp"

namespace critlocus {

// Squared weights at x. On a path that goes far out some coordinates may vanish as others grow; what tells two paths
// apart may be in the small ones. A coordinate below a tenth of |x| is measured in units of itself, down to 1/|x|.
// Within |x| <= 1 all weights are 1.
template <class Number>
void weigh(const Number* x, int n, Real* weight) {
  constexpr double kSmall = 0.1;
  Real length(0.0);
  for (int i = 0; i < n; ++i) length = length + norm2(x[i]);
  const Real one(1.0), part = length * Real(kSmall * kSmall), most = length * length;
  for (int i = 0; i < n; ++i) weight[i] = max(one, min(most, part / max(norm2(x[i]), Real(1e-300))));
}

template <class Number>
Real norm(const Number* v, const Real* weight, int n) {
  Real s(0.0);
  for (int i = 0; i < n; ++i) s = s + weight[i] * norm2(v[i]);
  return sqrt(s);
}

}  // namespace critlocus
