// The tracker in double-double arithmetic, for the few paths whose condition leaves too few digits in double.
#include "double_double.hpp"
#include "lane_tracker.hpp"

namespace critlocus {

void extended_track_worker(PathBatch& batch) { LaneTracker<ComplexDD>(batch).run(); }

}  // namespace critlocus
