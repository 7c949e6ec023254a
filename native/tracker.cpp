#include "tracker.hpp"

#include "lane_tracker.hpp"

namespace critlocus {

std::unique_ptr<PathWorker> double_worker(PathBatch& batch) { return std::make_unique<LaneTracker<Complex>>(batch); }

// Paths in trouble go on as soon as they fill a set of lanes, so that the longest are not left for the end.
void track_worker(PathBatch& batch) {
  const auto first = double_worker(batch);
  std::unique_ptr<PathWorker> second;
  for (bool done = false; !done;) {
    done = first->run(true);
    if (!second && batch.waiting > 0) second = double_double_worker(batch);
    if (second) done = second->run(done) && done;
  }
}

}  // namespace critlocus
