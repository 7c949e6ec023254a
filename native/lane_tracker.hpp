// LaneTracker: the tracker's loop, in double or in double-double arithmetic.
#pragma once
#include "aligned.hpp"
#include "condition.hpp"
#include "factor.hpp"
#include "path_end.hpp"
#include "predictor.hpp"
#include "step_control.hpp"
#include "taylor.hpp"
#include "tracker.hpp"
#include "weighted_norm.hpp"

namespace critlocus {
namespace {

constexpr int kMaxPolish = 8;
// Rejections count 2, accepted steps -1: a double-precision path with this much trouble goes on in double-double.
constexpr int kStubborn = 40;
constexpr double kOrigin = 1e-6;  // points smaller than this are followed to absolute accuracy

enum class Phase : std::int8_t { kIdle, kStart, kTrack, kEnd };

template <class Number>
class LaneTracker : public PathWorker {
 public:
  using A = Arithmetic<Number>;
  static constexpr int K = A::kOrder;

  explicit LaneTracker(PathBatch& batch)
      : batch_(batch),
        tape_(*batch.tape),
        options_(batch.options),
        n_(tape_.n),
        registers0_(tape_.n_registers),
        higher_(std::size_t(K) * tape_.taylor_registers()),
        work_(n_),
        pivot_(n_),
        column_(n_),
        row_(n_),
        weight_(n_),
        p0_(tape_.n_params),
        dp_(tape_.n_params),
        base_(std::size_t(K + 1) * n_),
        x_(n_),
        arrived_(n_),
        rhs_(n_),
        control_(options_) {
    r_[0] = registers0_.get();
    for (int k = 1; k <= K; ++k) r_[k] = higher_.get() + std::size_t(k - 1) * tape_.taylor_registers();
    load_constants(tape_, r_[0]);
    for (int k = 0; k <= K; ++k) series_[k] = base_.get() + std::size_t(k) * n_;
    // Far out, LDL^T without pivoting would lose the digits that double-double arithmetic is there for.
    factor_ = {n_, tape_.ld, tape_.symmetric && !A::kExtended, work_.get(), pivot_.get()};
    jacobian_ = r_[0] + tape_.first_j;
  }

  bool run(bool drain) override {
    std::int64_t ticks = 0;
    while (fill(drain)) {
      if (stopped()) {
        for (int lane = 0; lane < kLanes; ++lane)
          if (phase_[lane] != Phase::kIdle) finish(lane, PathStatus::kInterrupted);
        break;
      }
      tick();
      ++ticks;
    }
    batch_.ticks.fetch_add(ticks, std::memory_order_relaxed);
    return live_ == 0;
  }

 private:
  bool stopped() const { return batch_.stop.load(std::memory_order_relaxed); }

  // Takes up paths in idle lanes. Returns whether to go on: double-double lanes wait for each other until the end
  // (`drain`), and double ones pause as soon as there is work for all double-double lanes.
  bool fill(bool drain) {
    if (stopped()) return live_ > 0;
    for (int lane = 0; lane < kLanes && live_ < kLanes; ++lane)
      if (phase_[lane] == Phase::kIdle) refill(lane);
    if constexpr (A::kExtended) return live_ == kLanes || (drain && live_ > 0);
    return live_ > 0 && batch_.waiting.load(std::memory_order_relaxed) < kLanes;
  }

  void load_parameters(const Real& t) {
    Number* p = r_[0] + n_;
    for (int i = 0; i < tape_.n_params; ++i) p[i] = p0_[i] + dp_[i] * t;
  }

  void evaluate_at_point() {
    for (int i = 0; i < n_; ++i) r_[0][i] = x_[i];
    evaluate_f(tape_, r_[0]);
  }

  void factor_jacobian() {
    evaluate_j(tape_, r_[0]);
    if (tape_.symmetric && !factor_.symmetric)
      for (int i = 0; i < n_; ++i)
        for (int k = i + 1; k < n_; ++k) jacobian_[i * tape_.ld + k] = jacobian_[k * tape_.ld + i];
    if (ending_) measure_jacobian();
    replaced_ = factor_.factor(jacobian_);
  }

  // x -= J^-1 F(x); returns the weighted size of the update.
  Real correct() {
    for (int i = 0; i < n_; ++i) rhs_[i] = r_[0][tape_.first_f + i];
    factor_.solve(jacobian_, rhs_.get());
    for (int i = 0; i < n_; ++i) x_[i] = x_[i] - rhs_[i];
    return norm(rhs_.get(), weight_.get(), n_);
  }

  // One Newton step and two chord steps; in double-double Newton's basin is so narrow that the second is Newton's, too.
  Corrections corrections() {
    Corrections c;
    weigh(x_.get(), n_, weight_.get());
    evaluate_at_point();
    factor_jacobian();
    c.first = correct();
    evaluate_at_point();
    if constexpr (A::kExtended) factor_jacobian();
    c.second = correct();
    evaluate_at_point();
    c.third = correct();
    c.size = max(norm(x_.get(), n_), Real(kOrigin));
    return c;
  }

  // Corrects Taylor coefficient J from what it is to what the residual of its order asks for.
  template <int J, Newest newest>
  void taylor_correct(const Mask& accepted) {
    taylor_f<J, newest, Number>(tape_, r_);
    for (int i = 0; i < n_; ++i) rhs_[i] = r_[J][tape_.first_f + i];
    factor_.solve(jacobian_, rhs_.get());
    for (int i = 0; i < n_; ++i) {
      const Number c = r_[J][i] - rhs_[i];
      r_[J][i] = c;
      series_[J][i] = select(accepted, c, series_[J][i]);
    }
  }

  // The coefficients from J on. A second correction makes up for factors that belong to an earlier point.
  template <int J>
  void taylor_series(const Mask& accepted) {
    for (int i = 0; i < n_; ++i) r_[J][i] = Number(0.0);
    taylor_correct<J, Newest::kZero>(accepted);
    if constexpr (J <= A::kRefined) taylor_correct<J, Newest::kKnown>(accepted);
    if constexpr (J < K) taylor_series<J + 1>(accepted);
  }

  void tick() {
    pade_predict<K>(n_, series_, control_.dt(), x_.get());
    const Mask still = control_.dt() <= Real(0.0);
    for (int i = 0; i < n_; ++i) x_[i] = select(still, series_[0][i], x_[i]);
    const Real t = t_ + control_.dt();
    load_parameters(t);
    const Corrections c = corrections();
    Mask accepted = moving_ & control_.accepts(c);
    if (starting_ || ending_) begin_and_end(c, accepted);

    for (int i = 0; i < n_; ++i) series_[0][i] = select(accepted, x_[i], series_[0][i]);
    t_ = select(accepted, t, t_);
    for (int i = 0; i < tape_.n_params; ++i) r_[1][n_ + i] = dp_[i];
    taylor_series<1>(accepted);
    control_.advance(c, step_model<K>(n_, series_, weight_.get()), moving_, accepted, t_);
    for (int lane = 0; lane < kLanes; ++lane)
      if (phase_[lane] == Phase::kTrack) advance(lane, accepted[lane], c.size[lane]);
  }

  // For the condition at an end. Unknowns that vanish are not scaled by less than kSmallest.
  void measure_jacobian() {
    constexpr double kSmallest = 1e-10;
    const Real floor = norm(x_.get(), n_) * Real(kSmallest);
    for (int i = 0; i < n_; ++i) column_[i] = max(max(sqrt(norm2(x_[i])), floor), Real(1e-100));
    jacobian_norm_ = matrix_norms(jacobian_, n_, tape_.ld, factor_.symmetric, column_.get(), row_.get());
  }

  // The first and last ticks of a path have step 0; what comes of them is decided lane by lane.
  void begin_and_end(const Corrections& c, Mask& accepted) {
    Real condition(0.0);
    if (ending_) {
      condition = condition_estimate(jacobian_norm_, factor_, jacobian_, column_.get(), row_.get(), rhs_.get());
      // A replaced pivot hides how singular the matrix may be, unless it is well conditioned with it.
      condition = select(replaced_ & (Real(kWellConditioned) < condition), Real(1e300), condition);
    }
    for (int lane = 0; lane < kLanes; ++lane) {
      if (phase_[lane] != Phase::kStart && phase_[lane] != Phase::kEnd) continue;
      for (int i = 0; i < n_; ++i) series_[0][i] = select(only(lane), x_[i], series_[0][i]);
      const double first = c.first[lane], third = c.third[lane], size = c.size[lane];
      if (phase_[lane] == Phase::kEnd)
        polish(lane, first, third, size, condition[lane]);
      else if (start(lane, first, third, size))
        accepted.set(lane, true);
    }
  }

  // The first ticks of a path verify and sharpen the start point.
  bool start(int lane, double first, double third, double size) {
    if (first <= 1e-4 * size && third <= kEndAccuracy * size) {
      --starting_;
      if (t_[lane] >= 1.0) {
        arrive(lane);
        return false;
      }
      phase_[lane] = Phase::kTrack;
      moving_.set(lane, true);
      if (!A::kExtended) scale_[lane] = size > 1.0 ? size : 1.0;
      return true;
    }
    if (++polishes_[lane] > kMaxPolish || !(first <= 1e-2 * size))
      finish(lane, A::kExtended ? stalled<Number>(t_[lane], size / scale_[lane]) : PathStatus::kInvalidStart);
    return false;
  }

  // The last ticks of a path: Newton until the update is rounding. Where it goes astray, the path ends where it
  // arrived: with more digits, and pivots, Newton begins there again. The worst condition counts.
  void polish(int lane, double first, double third, double size, double condition) {
    telemetry_[lane].accuracy = third / size;
    condition = telemetry_[lane].condition = std::max(condition, telemetry_[lane].condition);
    if (astray(first, third, size)) {
      for (int i = 0; i < n_; ++i) series_[0][i] = select(only(lane), arrived_[i], series_[0][i]);
      finish(lane, PathStatus::kSingular);
    } else if (settled<Number>(first, third, size, condition)) {
      const bool regular = regular_end<Number>(condition, control_.last_step(lane));
      finish(lane, regular ? PathStatus::kSuccess : PathStatus::kSingular);
    } else if (++polishes_[lane] >= kMaxPolish) {
      finish(lane, PathStatus::kSingular);
    }
  }

  void arrive(int lane) {
    for (int i = 0; i < n_; ++i) arrived_[i] = select(only(lane), series_[0][i], arrived_[i]);
    telemetry_[lane].condition = 0.0;
    phase_[lane] = Phase::kEnd;
    ++ending_;
    moving_.set(lane, false);
    control_.stop(lane);
  }

  // Bookkeeping of a lane on its way: counts, limits, arrival.
  void advance(int lane, bool accepted, double size) {
    PathTelemetry& path = telemetry_[lane];
    const double relative_size = size / scale_[lane], dt = control_.dt()[lane];
    if (accepted) {
      ++path.steps;
      if (A::kExtended) ++path.extended;
      if (stubborn_[lane] > 0) --stubborn_[lane];
      if (t_[lane] >= 1.0) return arrive(lane);
      if (relative_size > options_.infinity) return finish(lane, PathStatus::kDiverged);
    } else {
      ++path.rejected;
      stubborn_[lane] += 2;
      if (!A::kExtended && stubborn_[lane] > kStubborn) return finish(lane, stalled<Number>(t_[lane], relative_size));
    }
    if (path.steps + path.rejected >= limit_[lane]) return finish(lane, PathStatus::kStepLimit);
    if (control_.sharpening(lane) || dt >= options_.min_step || t_[lane] + dt >= 1.0) return;
    finish(lane, stalled<Number>(t_[lane], relative_size));
  }

  static Mask only(int lane) {
    Mask m = all_lanes(false);
    m.set(lane, true);
    return m;
  }

  void finish(int lane, PathStatus status) {
    const std::int64_t i = index_[lane];
    std::complex<double>* end = batch_.ends + i * n_;
    for (int k = 0; k < n_; ++k) end[k] = {series_[0][k].hi().re[lane], series_[0][k].hi().im[lane]};
    telemetry_[lane].t = t_[lane];
    telemetry_[lane].scale = scale_[lane];
    batch_.telemetry[i] = telemetry_[lane];
    batch_.status[i] = status;
    if (!A::kExtended && options_.extended_steps > 0 && worth_extending(status, t_[lane]))
      batch_.hand_over(i);
    else
      batch_.done.fetch_add(1, std::memory_order_relaxed);
    if (phase_[lane] == Phase::kStart) --starting_;
    if (phase_[lane] == Phase::kEnd) --ending_;
    phase_[lane] = Phase::kIdle;
    moving_.set(lane, false);
    control_.stop(lane);  // the lane idles on the data of its last path
    --live_;
  }

  void refill(int lane) {
    const std::int64_t i = A::kExtended ? batch_.take_over() : batch_.take();
    if (i < 0) return;
    index_[lane] = i;
    telemetry_[lane] = A::kExtended ? batch_.telemetry[i] : PathTelemetry{};
    // Where double precision gave up it may have left the path already, so double-double begins from the start;
    // only an end that looked singular is looked at again where it is.
    const bool end = A::kExtended && telemetry_[lane].t >= 1.0;
    if (!end) telemetry_[lane].t = 0.0;
    limit_[lane] = A::kExtended ? telemetry_[lane].steps + telemetry_[lane].rejected + options_.extended_steps
                                : options_.max_steps;
    const std::complex<double>* x = (end ? batch_.ends : batch_.starts) + i * n_;
    const std::complex<double>* from = batch_.parameters + batch_.from[i] * tape_.n_params;
    const std::complex<double>* to = batch_.parameters + batch_.to[i] * tape_.n_params;
    for (int k = 0; k < n_; ++k) series_[0][k].set(lane, x[k].real(), x[k].imag());
    for (int k = 1; k <= K; ++k)
      for (int m = 0; m < n_; ++m) series_[k][m].set(lane, 0.0, 0.0);
    for (int k = 0; k < tape_.n_params; ++k) {
      p0_[k].set(lane, from[k].real(), from[k].imag());
      const Number end(Complex(to[k].real(), to[k].imag()));
      dp_[k] = select(only(lane), end - p0_[k], dp_[k]);  // exact in double-double: t = 1 is the very target
    }
    t_.set(lane, telemetry_[lane].t);
    scale_[lane] = telemetry_[lane].scale;
    control_.reset(lane, scale_[lane]);
    polishes_[lane] = stubborn_[lane] = 0;
    phase_[lane] = Phase::kStart;
    ++starting_;
    ++live_;
  }

  PathBatch& batch_;
  const Tape& tape_;
  const TrackerOptions options_;
  const int n_;
  Aligned<Number> registers0_, higher_, work_;
  Aligned<Real> pivot_, column_, row_, weight_;
  Aligned<Number> p0_, dp_, base_, x_, arrived_, rhs_;
  Number* r_[K + 1];
  Number* series_[K + 1];  // series_[0] is the point, the rest its Taylor coefficients
  Number* jacobian_ = nullptr;
  Factor<Number> factor_{};
  StepControl<Number> control_;
  Real t_{0.0}, jacobian_norm_{0.0};
  Mask moving_ = all_lanes(false), replaced_ = all_lanes(false);
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
