// StepControl: how long the next step may be, from how well Newton's method and the predictor did in the last one.
// Reference: Timme, Mixed precision path tracking for polynomial homotopy continuation (2021).
#pragma once
#include "arithmetic.hpp"
#include "predictor.hpp"
#include "tracker.hpp"

namespace critlocus {

// Sizes of the three corrections of a predicted point, and of the corrected point.
struct Corrections {
  Real first, second, third, size;
};

template <class Number>
class StepControl {
 public:
  using A = Arithmetic<Number>;

  explicit StepControl(const TrackerOptions& options)
      : options_(options), safety_(options.beta_omega * options.beta_omega * options.beta_omega * options.beta_omega) {}

  const Real& dt() const { return dt_; }
  // The last tick's step before it was cut off at t = 1.
  double last_step(int lane) const { return last_step_[lane]; }
  // A tick of step 0 on the way: it makes the point and its Taylor series more exact.
  bool sharpening(int lane) const { return sharpening_[lane]; }
  void stop(int lane) { dt_.set(lane, 0.0); }
  void reset(int lane, double scale) {
    dt_.set(lane, 0.0);
    omega_.set(lane, 1.0 / scale);
    last_step_.set(lane, 1.0);
    sharp_.set(lane, false);
    sharpening_.set(lane, false);
  }

  Mask contracts(const Corrections& c) const {
    const Real noise = c.size * Real(A::kNoise), a(options_.contraction);
    return ((c.second <= c.first * a) | (c.second <= noise)) & ((c.third <= c.second * a) | (c.third <= noise));
  }
  Mask accepts(const Corrections& c) const {
    return contracts(c) & (c.third <= c.size * Real(options_.tolerance * A::kTolerance));
  }

  // Chooses the next step of all lanes, which are now at t.
  void advance(const Corrections& c, const StepModel& model, const Mask& moving, const Mask& accepted, const Real& t) {
    const Mask rejected = moving & ~accepted, stepped = moving & (Real(0.0) < dt_);
    const Mask surprised = stepped & surprising(c);
    listen(c, accepted & stepped, rejected);
    const Real basin = Real(kBasin / safety_) / (max(omega_, Real(0.1) / c.size) * model.error);
    const Real proposed = min(root(basin), model.trust_region * Real(options_.beta_tau));
    // The factors belong to the predicted point, so the Taylor coefficients are as exact as the chord corrections are
    // fast. Where that limits the predictor, it pays to repeat the tick at the same t, with factors of the point.
    sharpening_ = surprised & (accepted | ~sharp_);
    sharp_ = select(accepted, ~stepped, sharp_);
    error_ = select(accepted, model.error, error_);
    dt_ = select(rejected, min(dt_ * Real(0.5), dt_), select(accepted, proposed, dt_));
    last_step_ = select(accepted & (t < Real(1.0)), dt_, last_step_);
    dt_ = min(Real(1.0) - t, dt_);  // in this order a NaN stays a NaN
    dt_ = select(sharpening_, Real(0.0), dt_);
  }

 private:
  // Newton converges safely while omega * error <= kBasin: sqrt(1 + 2 h) - 1 with h = 2a (sqrt(4a^2+1) - 2a), a = 1/8.
  static constexpr double kBasin = 0.179;
  static constexpr double kSurprise = 8.0;  // the predictor was that much worse than its model
  static constexpr double kSlow = 1e-3;     // and the chord corrections do not contract better than this

  static Real root(Real a) {
    for (int k = A::kOrder; k > 1; k /= 2) a = sqrt(a);
    return a;
  }

  Mask surprising(const Corrections& c) const {
    Real power = dt_;
    for (int k = A::kOrder; k > 1; k /= 2) power = power * power;
    return (error_ * power * Real(kSurprise) < c.first) & (c.first * Real(kSlow) < c.second);
  }

  // Newton's affine covariant Lipschitz constant, from the first two corrections where they are above rounding.
  void listen(const Corrections& c, const Mask& accepted, const Mask& rejected) {
    const Real measured = Real(2.0) * c.second / max(c.first * c.first, Real(1e-300));
    const Mask heard = (c.size * Real(A::kNoise) < c.second) | (c.third <= c.second * Real(0.25));
    const Real faded = omega_ * Real(0.5);
    omega_ = select(accepted, select(heard, max(measured, faded), faded), omega_);
    if (any(rejected)) omega_ = select(rejected, max(omega_, min(measured, omega_ * Real(4.0))), omega_);
  }

  const TrackerOptions& options_;
  const double safety_;
  Real dt_{0.0}, omega_{1.0}, last_step_{1.0};
  Real error_{1.0};                // of the model that the step in progress was chosen by
  Mask sharp_ = all_lanes(false);  // the series comes from a tick of step 0
  Mask sharpening_ = all_lanes(false);
};

}  // namespace critlocus
