#include "tracker.hpp"

#include "lane_tracker.hpp"

namespace critlocus {

void track_worker(PathBatch& batch) { LaneTracker<Complex>(batch).run(); }

}  // namespace critlocus
