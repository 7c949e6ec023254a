// LaneTracker: the tracker's loop, in double or in double-double arithmetic.
#pragma once
#include <algorithm>
#include <type_traits>

#include "aligned.hpp"
#include "factor.hpp"
#include "predictor.hpp"
#include "taylor.hpp"
#include "tracker.hpp"

namespace critlocus {
namespace {

template <class Number>
constexpr bool kIsExtended = !std::is_same_v<Number, Complex>;
// Updates this small (relative) need not contract: they may be rounding.
template <class Number>
constexpr double kNoise = kIsExtended<Number> ? 1e-16 : 1e-8;
constexpr double kEndAccuracy = 1e-8;  // an end less accurate than this is not called a success
constexpr double kEndCondition = 1e13;
constexpr double kRoundingCondition = 1e6;
// Steps shrink like 1 - t towards a singular end; whether it is one, is seen with more digits.
template <class Number>
constexpr double kLastStep = kIsExtended<Number> ? 1e-10 : 1e-4;
constexpr double kNearEnd = 0.999;
constexpr double kFar = 1e3;
constexpr int kMaxPolish = 8;
// Rejections count 2, accepted steps -1: a double-precision path with this much trouble goes on in double-double.
constexpr int kStubborn = 40;
constexpr double kAtEnd = 1e-9;
constexpr double kOrigin = 1e-6;  // points smaller than this are followed to absolute accuracy
// Newton converges safely while omega * error <= kBasin: sqrt(1 + 2 h) - 1 with h = 2a (sqrt(4a^2+1) - 2a), a = 1/8.
constexpr double kBasin = 0.179;

enum class Phase : std::int8_t { kIdle, kStart, kTrack, kEnd };

template <class Number>
Real norm(const Number* v, int n) {
  Real s(0.0);
  for (int i = 0; i < n; ++i) s = s + norm2(v[i]);
  return sqrt(s);
}

template <class Number>
class LaneTracker {
 public:
  explicit LaneTracker(PathBatch& batch)
      : batch_(batch),
        tape_(*batch.tape),
        options_(batch.options),
        n_(tape_.n),
        registers0_(tape_.n_registers),
        higher_(std::size_t(kTaylorOrder) * tape_.taylor_registers()),
        work_(n_),
        pivot_(n_),
        p0_(tape_.n_params),
        dp_(tape_.n_params),
        base_(std::size_t(kTaylorOrder + 1) * n_),
        x_(n_),
        rhs_(n_),
        t_(Real(0.0)),
        dt_(Real(0.0)),
        omega_(Real(1.0)) {
    r_[0] = registers0_.get();
    for (int k = 1; k <= kTaylorOrder; ++k) r_[k] = higher_.get() + std::size_t(k - 1) * tape_.taylor_registers();
    load_constants(tape_, r_[0]);
    for (int k = 0; k <= kTaylorOrder; ++k) series_[k] = base_.get() + std::size_t(k) * n_;
    factor_ = {n_, tape_.ld, tape_.symmetric, work_.get(), pivot_.get()};
    jacobian_ = r_[0] + tape_.first_j;
  }

  void run() {
    std::int64_t ticks = 0;
    for (int lane = 0; lane < kLanes; ++lane) refill(lane);
    while (live_ > 0) {
      if (batch_.stop.load(std::memory_order_relaxed)) {
        for (int lane = 0; lane < kLanes; ++lane)
          if (phase_[lane] != Phase::kIdle) finish(lane, PathStatus::kInterrupted);
        break;
      }
      tick();
      ++ticks;
    }
    batch_.ticks.fetch_add(ticks, std::memory_order_relaxed);
  }

 private:
  void load_parameters(const Real& t) {
    Number* p = r_[0] + n_;
    for (int i = 0; i < tape_.n_params; ++i) p[i] = p0_[i] + dp_[i] * t;
  }
  void load_point() {
    for (int i = 0; i < n_; ++i) r_[0][i] = x_[i];
  }

  // x -= J^-1 F(x); returns the size of the update.
  Real correct() {
    for (int i = 0; i < n_; ++i) rhs_[i] = r_[0][tape_.first_f + i];
    factor_.solve(jacobian_, rhs_.get());
    for (int i = 0; i < n_; ++i) x_[i] = x_[i] - rhs_[i];
    return norm(rhs_.get(), n_);
  }

  template <int K>
  void taylor_stage(const Mask& accepted) {
    for (int i = 0; i < n_; ++i) r_[K][i] = Number(0.0);
    taylor_f<K, Number>(tape_, r_);
    for (int i = 0; i < n_; ++i) rhs_[i] = r_[K][tape_.first_f + i];
    factor_.solve(jacobian_, rhs_.get());
    for (int i = 0; i < n_; ++i) {
      const Number c = rhs_[i] * Real(-1.0);
      r_[K][i] = c;
      series_[K][i] = select(accepted, c, series_[K][i]);
    }
  }

  // One more correction of coefficient K, whose residual is now known: the factors belong to the predicted point.
  template <int K>
  void taylor_refine(const Mask& accepted) {
    taylor_f<K, Number>(tape_, r_);
    for (int i = 0; i < n_; ++i) rhs_[i] = r_[K][tape_.first_f + i];
    factor_.solve(jacobian_, rhs_.get());
    for (int i = 0; i < n_; ++i) {
      const Number c = r_[K][i] - rhs_[i];
      r_[K][i] = c;
      series_[K][i] = select(accepted, c, series_[K][i]);
    }
  }

  void tick() {
    pade_predict(n_, series_, dt_, x_.get());
    for (int i = 0; i < n_; ++i) x_[i] = select(moving_, x_[i], series_[0][i]);
    const Real t = t_ + dt_;
    load_parameters(t);
    load_point();
    evaluate_f(tape_, r_[0]);
    evaluate_j(tape_, r_[0]);
    Real size_j(0.0);
    if (ending_) size_j = jacobian_size();
    factor_.factor(jacobian_);
    const Real d0 = correct();
    load_point();
    evaluate_f(tape_, r_[0]);
    const Real d1 = correct();
    load_point();
    evaluate_f(tape_, r_[0]);
    const Real d2 = correct();
    const Real size = max(norm(x_.get(), n_), Real(kOrigin));

    const Real noise = size * Real(kNoise<Number>), a(options_.contraction);
    const Mask contracts = ((d1 <= d0 * a) | (d1 <= noise)) & ((d2 <= d1 * a) | (d2 <= noise));
    const Mask converged = d2 <= size * Real(options_.tolerance);
    Mask accepted = contracts & converged & moving_;

    // Decisions that are rare, or that start or end a path, are made lane by lane.
    if (starting_ || ending_) {
      Real condition(0.0);
      if (ending_) condition = condition_estimate(size_j);
      for (int lane = 0; lane < kLanes; ++lane) {
        if (phase_[lane] == Phase::kStart) {
          if (start(lane, d0[lane], d2[lane], size[lane])) accepted.set(lane, true);
        } else if (phase_[lane] == Phase::kEnd) {
          for (int i = 0; i < n_; ++i) series_[0][i] = select(only(lane), x_[i], series_[0][i]);
          polish(lane, d0[lane], d2[lane], size[lane], condition[lane]);
        }
      }
    }

    for (int i = 0; i < n_; ++i) series_[0][i] = select(accepted, x_[i], series_[0][i]);
    t_ = select(accepted, t, t_);
    for (int i = 0; i < tape_.n_params; ++i) r_[1][n_ + i] = dp_[i];
    taylor_stage<1>(accepted);
    taylor_refine<1>(accepted);
    taylor_stage<2>(accepted);
    taylor_stage<3>(accepted);
    taylor_stage<4>(accepted);

    // Newton's affine covariant Lipschitz constant, from the first two corrections where they are above rounding.
    const Real measured = Real(2.0) * d1 / max(d0 * d0, Real(1e-300));
    const Mask heard = noise < d1;
    omega_ = select(accepted, max(select(heard, measured, omega_ * Real(0.5)), omega_ * Real(0.5)), omega_);
    const StepModel model = step_model(n_, series_);
    const Real newton =
        sqrt(sqrt(Real(kBasin) / (max(omega_, Real(0.1) / size) * model.error))) / Real(options_.beta_omega);
    const Real proposed = min(newton, model.trust_region * Real(options_.beta_tau));
    const Mask rejected = moving_ & ~accepted;
    last_step_ = select(accepted & moving_, dt_, last_step_);
    dt_ = select(rejected, min(dt_ * Real(0.5), dt_), select(accepted, proposed, dt_));
    if (any(rejected)) omega_ = select(rejected, max(omega_, min(measured, omega_ * Real(4.0))), omega_);
    dt_ = min(Real(1.0) - t_, dt_);  // in this order a NaN stays a NaN
    advance(accepted, rejected, size);
  }

  // Bookkeeping after a tick: counts, limits, arrivals.
  void advance(const Mask& accepted, const Mask& rejected, const Real& size) {
    for (int lane = 0; lane < kLanes; ++lane) {
      if (phase_[lane] != Phase::kTrack) continue;
      PathTelemetry& path = telemetry_[lane];
      if (accepted[lane]) {
        ++path.steps;
        if (kIsExtended<Number>) ++path.extended;
        if (stubborn_[lane] > 0) --stubborn_[lane];
        if (t_[lane] >= 1.0) {
          phase_[lane] = Phase::kEnd;
          ++ending_;
          moving_.set(lane, false);
          dt_.set(lane, 0.0);
          continue;
        }
        if (size[lane] > options_.infinity * scale_[lane]) {
          finish(lane, PathStatus::kDiverged);
          continue;
        }
      } else if (rejected[lane]) {
        ++path.rejected;
        stubborn_[lane] += 2;
        if (!kIsExtended<Number> && stubborn_[lane] > kStubborn) {
          finish(lane, stalled(lane, size[lane]));
          continue;
        }
      }
      if (path.steps + path.rejected >= limit_[lane])
        finish(lane, PathStatus::kStepLimit);
      else if (!(dt_[lane] >= options_.min_step) && !(t_[lane] + dt_[lane] >= 1.0))
        finish(lane, stalled(lane, size[lane]));
    }
  }

  // What a path that can take no further step has run into: near t = 1 it is the target's doing.
  PathStatus stalled(int lane, double size) const {
    if (!(t_[lane] > kNearEnd)) return PathStatus::kStepTooSmall;
    return size > kFar * scale_[lane] ? PathStatus::kDiverged : PathStatus::kSingular;
  }

  // The first ticks of a path have step 0: they verify and sharpen the start point.
  bool start(int lane, double d0, double d2, double size) {
    for (int i = 0; i < n_; ++i) series_[0][i] = select(only(lane), x_[i], series_[0][i]);
    if (d0 <= 1e-4 * size && d2 <= kEndAccuracy * size) {
      --starting_;
      if (t_[lane] >= 1.0) {
        phase_[lane] = Phase::kEnd;
        ++ending_;
        return false;
      }
      phase_[lane] = Phase::kTrack;
      moving_.set(lane, true);
      if (!kIsExtended<Number>) scale_[lane] = size > 1.0 ? size : 1.0;
      return true;
    }
    if (++polishes_[lane] > kMaxPolish || !(d0 <= 1e-2 * size))
      finish(lane, kIsExtended<Number> ? stalled(lane, size) : PathStatus::kInvalidStart);
    return false;
  }

  // The last ticks of a path have step 0, too: Newton until the update is rounding.
  void polish(int lane, double d0, double d2, double size, double condition) {
    PathTelemetry& path = telemetry_[lane];
    path.accuracy = d2 / size;
    path.condition = condition;
    // Settled: Newton converges as at a regular solution, or its updates are the rounding that the condition explains.
    // At a multiple root each chord correction gains less than a digit, so neither holds.
    const bool fast = d0 <= 1e-7 * size && d2 <= 1e-2 * d0 && d2 <= 1e-12 * size;
    const bool rounding = d0 <= 4e-15 * std::min(condition, kRoundingCondition) * size;
    if (!(fast || rounding)) {
      if (++polishes_[lane] >= kMaxPolish) finish(lane, PathStatus::kSingular);
      return;
    }
    const bool regular = condition < kEndCondition && last_step_[lane] > kLastStep<Number>;
    finish(lane, regular ? PathStatus::kSuccess : PathStatus::kSingular);
  }

  static Mask only(int lane) {
    Mask m = all_lanes(false);
    m.set(lane, true);
    return m;
  }

  Real jacobian_size() const {
    Real s(0.0);
    for (int i = 0; i < n_; ++i)
      for (int k = 0; k < n_; ++k) {
        const bool mirrored = tape_.symmetric && k > i;
        s = s + norm2(mirrored ? jacobian_[k * tape_.ld + i] : jacobian_[i * tape_.ld + k]);
      }
    return sqrt(s);
  }

  // |J| |J^-1 b| / |b| for a fixed b of unit entries and scattered phases, repeated once (inverse iteration).
  Real condition_estimate(const Real& size_j) {
    for (int i = 0; i < n_; ++i) rhs_[i] = Number(Complex(__builtin_cos(2.4 * i * i), __builtin_sin(2.4 * i * i)));
    factor_.solve(jacobian_, rhs_.get());
    const Real once = norm(rhs_.get(), n_);
    factor_.solve(jacobian_, rhs_.get());
    const Real twice = norm(rhs_.get(), n_);
    return size_j * max(twice / once, once / sqrt(Real(double(n_))));
  }

  // Whether more digits may help a path that ended like this.
  bool worth_extending(PathStatus status, int lane) const {
    if (kIsExtended<Number> || options_.extended_steps == 0) return false;
    if (status == PathStatus::kStepTooSmall) return true;
    return status == PathStatus::kSingular && (t_[lane] >= 1.0 || t_[lane] < 1.0 - kAtEnd);
  }

  void finish(int lane, PathStatus status) {
    const std::int64_t i = index_[lane];
    std::complex<double>* end = batch_.ends + i * n_;
    for (int k = 0; k < n_; ++k) end[k] = {series_[0][k].hi().re[lane], series_[0][k].hi().im[lane]};
    telemetry_[lane].t = t_[lane];
    telemetry_[lane].scale = scale_[lane];
    batch_.telemetry[i] = telemetry_[lane];
    batch_.status[i] = status;
    if (worth_extending(status, lane)) {
      const std::lock_guard<std::mutex> lock(batch_.mutex);
      batch_.unfinished.push_back(i);
    } else {
      batch_.done.fetch_add(1, std::memory_order_relaxed);
    }
    if (phase_[lane] == Phase::kStart) --starting_;
    if (phase_[lane] == Phase::kEnd) --ending_;
    phase_[lane] = Phase::kIdle;
    --live_;
    refill(lane);
  }

  void refill(int lane) {
    moving_.set(lane, false);
    dt_.set(lane, 0.0);
    if (batch_.stop.load(std::memory_order_relaxed)) return;
    std::int64_t i = batch_.next.fetch_add(1, std::memory_order_relaxed);
    if (kIsExtended<Number>) {
      if (i >= std::int64_t(batch_.unfinished.size())) return;
      i = batch_.unfinished[std::size_t(i)];
    }
    if (i >= batch_.count) return;  // the lane idles on the data of its last path
    index_[lane] = i;
    const std::complex<double>* x = (kIsExtended<Number> ? batch_.ends : batch_.starts) + i * n_;
    const std::complex<double>* from = batch_.parameters + batch_.from[i] * tape_.n_params;
    const std::complex<double>* to = batch_.parameters + batch_.to[i] * tape_.n_params;
    for (int k = 0; k < n_; ++k) series_[0][k].set(lane, x[k].real(), x[k].imag());
    for (int k = 1; k <= kTaylorOrder; ++k)
      for (int m = 0; m < n_; ++m) series_[k][m].set(lane, 0.0, 0.0);
    for (int k = 0; k < tape_.n_params; ++k) {
      p0_[k].set(lane, from[k].real(), from[k].imag());
      const Number end(Complex(to[k].real(), to[k].imag()));
      dp_[k] = select(only(lane), end - p0_[k], dp_[k]);  // exact in double-double: t = 1 is the very target
    }
    telemetry_[lane] = kIsExtended<Number> ? batch_.telemetry[i] : PathTelemetry{};
    t_.set(lane, telemetry_[lane].t);
    scale_[lane] = telemetry_[lane].scale;
    omega_.set(lane, 1.0 / scale_[lane]);
    last_step_.set(lane, 1.0);
    polishes_[lane] = stubborn_[lane] = 0;
    limit_[lane] = kIsExtended<Number> ? telemetry_[lane].steps + telemetry_[lane].rejected + options_.extended_steps
                                       : options_.max_steps;
    phase_[lane] = Phase::kStart;
    ++starting_;
    ++live_;
  }

  PathBatch& batch_;
  const Tape& tape_;
  const TrackerOptions options_;
  const int n_;
  Aligned<Number> registers0_, higher_, work_;
  Aligned<Real> pivot_;
  Aligned<Number> p0_, dp_, base_, x_, rhs_;
  Number* r_[kTaylorOrder + 1];
  Number* series_[kTaylorOrder + 1];  // series_[0] is the point, the rest its Taylor coefficients
  Number* jacobian_ = nullptr;
  Factor<Number> factor_{};
  Real t_, dt_, omega_, last_step_{1.0};
  Mask moving_ = all_lanes(false);
  Phase phase_[kLanes] = {};
  std::int64_t index_[kLanes] = {};
  PathTelemetry telemetry_[kLanes];
  int polishes_[kLanes] = {}, stubborn_[kLanes] = {};
  double scale_[kLanes] = {};
  std::int64_t limit_[kLanes] = {};
  int live_ = 0, starting_ = 0, ending_ = 0;
};

}  // namespace
}  // namespace critlocus
