// Predictor: a Pade approximant of the path from its Taylor coefficients, and the step size it can be trusted for.
// Reference: Timme, Mixed precision path tracking for polynomial homotopy continuation (2021);
// Telen, Van Barel & Verschelde, A robust numerical path tracking algorithm (2020).
#pragma once
#include "lanes.hpp"

namespace critlocus {

// x(t + s) by the (2,1) Pade approximant, component by component; where its pole is close, the Taylor polynomial.
template <class Number>
inline void pade_predict(int n, const Number* const* x, const Real& s, Number* out) {
  for (int i = 0; i < n; ++i) {
    const Number c2 = x[2][i] * s, c3 = x[3][i] * (s * s);
    const Number delta = c3 * inverse(c2);
    const Number geometric = c2 * inverse(Number(1.0) - delta);
    const Number polynomial = c2 + c3 + x[4][i] * (s * s * s);
    const Mask far = norm2(delta) < Real(0.25);
    out[i] = x[0][i] + (x[1][i] + select(far, geometric, polynomial)) * s;
  }
}

struct StepModel {
  Real error;         // the predictor's error is about error * s^4
  Real trust_region;  // an estimate of the distance to the nearest singularity of the path
};

template <class Number>
inline StepModel step_model(int n, const Number* const* x) {
  Real n3(0.0), n4(0.0), e(0.0);
  for (int i = 0; i < n; ++i) {
    n3 = n3 + norm2(x[3][i]);
    n4 = n4 + norm2(x[4][i]);
    const Complex c3 = x[3][i].hi(), c4 = x[4][i].hi();
    const Complex pade = c4 - c3 * c3 * inverse(x[2][i].hi());
    e = e + min(norm2(pade), Real(4.0) * norm2(c4));
  }
  const Real tiny(1e-200);
  return {sqrt(max(e, tiny)), sqrt(max(n3, tiny) / max(n4, tiny))};
}

}  // namespace critlocus
