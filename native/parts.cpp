#include "parts.hpp"

#include <chrono>
#include <ctime>

#include "aligned.hpp"
#include "factor.hpp"
#include "predictor.hpp"
#include "taylor.hpp"
#include "weighted_norm.hpp"

namespace critlocus {
namespace {

template <class Part>
double seconds_per_call(int repeats, const Part& part) {
  const std::clock_t begin = std::clock();
  for (int k = 0; k < repeats; ++k) part();
  return double(std::clock() - begin) / CLOCKS_PER_SEC / repeats;
}

}  // namespace

PartTimes time_parts(const Tape& tape, const std::complex<double>* x, const std::complex<double>* p,
                     const std::complex<double>* dp, int repeats) {
  const int n = tape.n;
  Aligned<Complex> r0(tape.n_registers), work(n), b(n), out(n);
  Aligned<Complex> higher(std::size_t(kTaylorOrder) * tape.taylor_registers());
  Aligned<Real> pivot(n), weight(n);
  Complex* r[kTaylorOrder + 1] = {r0.get()};
  for (int k = 1; k <= kTaylorOrder; ++k) r[k] = higher.get() + std::size_t(k - 1) * tape.taylor_registers();
  auto lanes = [](const std::complex<double>& c) { return Complex(c.real(), c.imag()); };
  for (int i = 0; i < n; ++i)
    for (int k = 0; k <= kTaylorOrder; ++k) r[k][i] = lanes(x[i]) * Real(1.0 / (k + 1));
  for (int i = 0; i < tape.n_params; ++i) {
    r[0][n + i] = lanes(p[i]);
    r[1][n + i] = lanes(dp[i]);
  }
  load_constants(tape, r[0]);
  Complex* jacobian = r[0] + tape.first_j;
  const Factor<Complex> factor{n, tape.ld, tape.symmetric, work.get(), pivot.get()};
  PartTimes times{};
  times.f = seconds_per_call(repeats, [&] { evaluate_f(tape, r[0]); });
  times.jacobian = seconds_per_call(repeats, [&] { evaluate_j(tape, r[0]); });
  const double both = seconds_per_call(repeats, [&] {
    evaluate_j(tape, r[0]);
    factor.factor(jacobian);
  });
  times.factor = both - times.jacobian;
  times.solve = seconds_per_call(repeats, [&] {
    for (int i = 0; i < n; ++i) b[i] = r[0][tape.first_f + i];
    factor.solve(jacobian, b.get());
  });
  times.taylor = seconds_per_call(repeats, [&] {
    taylor_f<1, Newest::kZero, Complex>(tape, r);
    taylor_f<1, Newest::kKnown, Complex>(tape, r);
    taylor_f<2, Newest::kZero, Complex>(tape, r);
    taylor_f<3, Newest::kZero, Complex>(tape, r);
    taylor_f<4, Newest::kZero, Complex>(tape, r);
  });
  Real dt(1e-3);
  times.predict = seconds_per_call(repeats, [&] {
    pade_predict<kTaylorOrder>(n, r, dt, out.get());
    weigh(out.get(), n, weight.get());
    const StepModel model = step_model<kTaylorOrder>(n, r, weight.get());
    dt = min(dt, model.trust_region + model.error);
  });
  return times;
}

double peak_flops() {
  constexpr int kChains = 12, kSteps = 1 << 18;
  double best = 0.0;
  for (int attempt = 0; attempt < 20; ++attempt) {
    NativeReal chain[kChains], sum = {};
    for (int c = 0; c < kChains; ++c) chain[c] = NativeReal{} + 1e-3 * (c + attempt);
    const NativeReal a = NativeReal{} + 0.999, b = NativeReal{} + 1e-3;
    const auto begin = std::chrono::steady_clock::now();
    for (int k = 0; k < kSteps; ++k)
      for (int c = 0; c < kChains; ++c) chain[c] = chain[c] * a + b;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    for (int c = 0; c < kChains; ++c) sum += chain[c];
    volatile double keep = sum[0];
    (void)keep;
    const double flops = 2.0 * kNative * kChains * double(kSteps) / seconds.count();
    best = flops > best ? flops : best;
  }
  return best;
}

}  // namespace critlocus
