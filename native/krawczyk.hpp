// Krawczyk: proves that a polydisc around an approximate zero holds exactly one zero, eight points at a time.
#pragma once
#include <atomic>
#include <complex>
#include <cstdint>

#include "tape.hpp"

namespace critlocus {

// Point i belongs to the parameter row `rows[i]`; parameter k of row j is any number of the disc of centre
// parameters[j][k] + parameters_low[j][k] and radius parameter_radii[j][k]. The points are sharpened by Newton steps
// with double-double residuals. On success radius[i][k] > 0 are the radii of a polydisc around the point in which F
// has exactly one zero, a regular one, for every choice of the parameters in their discs.
struct CertificateBatch {
  const Tape* tape = nullptr;
  std::int64_t count = 0;
  std::complex<double>* points = nullptr;  // sharpened in place where certified
  const std::complex<double>* parameters = nullptr;
  const std::complex<double>* parameters_low = nullptr;
  const double* parameter_radii = nullptr;
  const std::int64_t* rows = nullptr;
  std::int8_t* certified = nullptr;
  double* radius = nullptr;                  // count x n
  double* contraction = nullptr;             // sup |I - Y J| in the norm weighted by the radii; < 1 where certified
  double* condition = nullptr;               // |J| |J^-1| in the maximum norm
  std::complex<double>* j_centre = nullptr;  // optional, count x n x n: J over the polydisc
  double* j_radius = nullptr;
  std::atomic<std::int64_t> next{0}, done{0};
  std::atomic<bool> stop{false};
};

void certify_worker(CertificateBatch& batch);

// F and J in ball arithmetic at the discs (x, x_radius), for tests of the arithmetic itself.
void evaluate_balls(const Tape& tape, const std::complex<double>* x, const double* x_radius,
                    const std::complex<double>* p, const double* p_radius, std::complex<double>* f, double* f_radius,
                    std::complex<double>* j, double* j_radius);

}  // namespace critlocus
