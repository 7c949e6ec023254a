// Tracker: follows solution paths of F(x; p(t)) = 0, p(t) = p0 + t (p1 - p0), eight at a time in lockstep.
#pragma once
#include <atomic>
#include <complex>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

#include "tape.hpp"

namespace critlocus {

enum class PathStatus : std::int8_t {
  kUntracked = 0,
  kSuccess = 1,
  kInvalidStart = 2,
  kSingular = 3,
  kDiverged = 4,
  kStepLimit = 5,
  kStepTooSmall = 6,
  kInterrupted = 7,
};

struct TrackerOptions {
  double beta_tau = 0.5;     // step <= beta_tau * trust region
  double beta_omega = 2.5;   // shrinks the step that Newton's convergence radius allows
  double tolerance = 1e-7;   // relative accuracy along the path
  double contraction = 0.1;  // a chord correction must shrink by at least this factor
  double infinity = 1e7;     // relative size beyond which a path is called diverged
  double min_step = 1e-13;
  std::int64_t max_steps = 4000;
  std::int64_t extended_steps = 2000;  // further steps in double-double arithmetic, for paths that need them
};

// What is known of one path when it ends.
struct PathTelemetry {
  double t = 0.0;
  double accuracy = 0.0;   // size of the last Newton update, relative to the point
  double condition = 0.0;  // a lower estimate of the condition number of J at the end
  std::int32_t steps = 0;
  double scale = 1.0;  // size of the start point, at least 1
  std::int32_t rejected = 0;
  std::int32_t extended = 0;  // steps in double-double arithmetic
};

// Many paths: path i runs from point starts[i] along the segment from[i] -> to[i] of rows of `parameters`.
class PathBatch {
 public:
  const Tape* tape = nullptr;
  TrackerOptions options;
  std::int64_t count = 0;
  const std::complex<double>* starts = nullptr;
  const std::complex<double>* parameters = nullptr;
  const std::int64_t* from = nullptr;
  const std::int64_t* to = nullptr;
  std::complex<double>* ends = nullptr;
  PathStatus* status = nullptr;
  PathTelemetry* telemetry = nullptr;
  std::atomic<std::int64_t> next{0}, done{0}, ticks{0};
  std::atomic<bool> stop{false};
  std::atomic<int> waiting{0};  // paths handed over and not yet taken over

  // The next path to begin, or -1.
  std::int64_t take() {
    const std::int64_t i = next.fetch_add(1, std::memory_order_relaxed);
    return i < count ? i : -1;
  }
  // Paths that double precision could not finish: `ends` and `telemetry` hold where they stopped.
  void hand_over(std::int64_t path) {
    const std::lock_guard<std::mutex> lock(mutex_);
    unfinished_.push_back(path);
    ++waiting;
  }
  // One of them, or -1.
  std::int64_t take_over() {
    if (waiting.load(std::memory_order_relaxed) == 0) return -1;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (unfinished_.empty()) return -1;
    const std::int64_t path = unfinished_.front();
    unfinished_.pop_front();
    --waiting;
    return path;
  }

 private:
  std::mutex mutex_;
  std::deque<std::int64_t> unfinished_;
};

// Eight lanes in one arithmetic.
struct PathWorker {
  virtual ~PathWorker() = default;
  // Tracks until the lanes run dry, or until other work is more urgent; returns whether no path is left in them.
  // `drain`: go on although lanes are empty.
  virtual bool run(bool drain) = 0;
};
std::unique_ptr<PathWorker> double_worker(PathBatch& batch);
std::unique_ptr<PathWorker> double_double_worker(PathBatch& batch);

// Takes paths from the batch until it is empty or stopped. Any number of threads may run this on one batch;
// each path is computed from its own data alone, so results do not depend on threads or lanes.
void track_worker(PathBatch& batch);

}  // namespace critlocus
