// Predictor: a Pade approximant of the path from its Taylor coefficients, and the step size it can be trusted for.
// Reference: Timme, Mixed precision path tracking for polynomial homotopy continuation (2021);
// Telen, Van Barel & Verschelde, A robust numerical path tracking algorithm (2020).
#pragma once
#include "lanes.hpp"

namespace critlocus {

// x(t + s) by the (K-2, 1) Pade approximant, component by component; where its pole is close, the Taylor polynomial.
template <int K, class Number>
inline void pade_predict(int n, const Number* const* x, const Real& s, Number* out) {
  for (int i = 0; i < n; ++i) {
    const Number c = x[K - 2][i] * s, d = x[K - 1][i] * (s * s);
    const Number delta = d * inverse(c);
    const Number geometric = c * inverse(Number(1.0) - delta);
    const Number polynomial = c + d + x[K][i] * (s * s * s);
    const Mask far = norm2(delta) < Real(0.36);
    Number sum = x[K - 3][i] + select(far, geometric, polynomial);
    for (int k = K - 4; k >= 0; --k) sum = x[k][i] + sum * s;
    out[i] = sum;
  }
}

struct StepModel {
  Real error;         // the predictor's error is about error * s^K
  Real trust_region;  // an estimate of the distance to the nearest singularity of the path
};

template <int K, class Number>
inline StepModel step_model(int n, const Number* const* x, const Real* weight) {
  Real before(0.0), last(0.0), e(0.0);
  for (int i = 0; i < n; ++i) {
    before = before + weight[i] * norm2(x[K - 1][i]);
    last = last + weight[i] * norm2(x[K][i]);
    const Complex d = x[K - 1][i].hi(), c = x[K][i].hi();
    const Complex pade = c - d * d * inverse(x[K - 2][i].hi());
    e = e + weight[i] * min(norm2(pade), Real(4.0) * norm2(c));
  }
  const Real tiny(1e-200);
  return {sqrt(max(e, tiny)), sqrt(max(before, tiny) / max(last, tiny))};
}

}  // namespace critlocus
