// Parts: how long each part of a tick takes, and the processor's peak, for benchmarks.
#pragma once
#include <complex>

#include "tape.hpp"

namespace critlocus {

// CPU seconds of one call for eight lanes in double arithmetic.
struct PartTimes {
  double f, jacobian, factor, solve, taylor, predict;
};

// At the point x of the member p, all lanes alike; `taylor`: the evaluations of F for a whole series along p + s dp.
PartTimes time_parts(const Tape& tape, const std::complex<double>* x, const std::complex<double>* p,
                     const std::complex<double>* dp, int repeats);

// Double-precision operations per second of one thread in independent fused multiply-adds on this SIMD level.
double peak_flops();

}  // namespace critlocus
