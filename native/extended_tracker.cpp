// The tracker in double-double arithmetic, for the few paths whose condition leaves too few digits in double.
#include "double_double.hpp"
#include "lane_tracker.hpp"

namespace critlocus {

std::unique_ptr<PathWorker> double_double_worker(PathBatch& batch) {
  return std::make_unique<LaneTracker<ComplexDD>>(batch);
}

}  // namespace critlocus
