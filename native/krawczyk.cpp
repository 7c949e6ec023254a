// Reference: Krawczyk (1969); Rump, Verification methods (2010), sec. 13; Breiding, Rose & Timme, Certifying zeros of
// polynomial systems using interval arithmetic (2023), of which this is the polydisc version:
//   with Y ~ J(m)^-1, g(x) = x - Y F(x) maps the polydisc (m, r) into its interior if for every i
//     |Y F(m)|_i + sum_j |I - Y J(X)|_ij r_j < r_i ;
// then it contracts in the norm max |v_i| / r_i, its fixed point is unique, Y is regular, and F vanishes there alone.
#include "krawczyk.hpp"

#include "aligned.hpp"
#include "ball.hpp"
#include "double_double.hpp"
#include "factor.hpp"

namespace critlocus {
namespace {

constexpr int kAttempts = 6;
// What a box is widened by after each attempt, and its least width then, by the largest one. In a long thin box the
// square of the length may exceed the width: wide discs of parameters need rounder boxes.
constexpr double kWiden[kAttempts] = {1.0, 1.0, 16.0, 16.0, 16.0, 1.0};
constexpr double kRound[kAttempts] = {0.1, 1.0, 1.0, 1.0, 1.0, 0.0};
constexpr int kSharpen = 2;

class LaneCertifier {
 public:
  explicit LaneCertifier(CertificateBatch& batch)
      : batch_(batch),
        tape_(*batch.tape),
        n_(tape_.n),
        ld_(tape_.ld),
        r_(tape_.n_registers),
        exact_(tape_.taylor_registers()),
        f_(n_),
        x_(n_),
        lu_(std::size_t(n_) * ld_),
        y_(std::size_t(n_) * n_),
        y_mag_(std::size_t(n_) * n_),
        pivot_(n_),
        delta_(n_),
        radius_(n_),
        q_(n_) {
    for (std::size_t c = 0; c < tape_.constants.size(); ++c)
      set_constant(tape_.first_const + int(c), Complex(tape_.constants[c].real(), tape_.constants[c].imag()));
  }

  void run() {
    while (!batch_.stop.load(std::memory_order_relaxed)) {
      const std::int64_t first = batch_.next.fetch_add(kLanes, std::memory_order_relaxed);
      if (first >= batch_.count) return;
      load(first);
      certify(first);
      const std::int64_t used = batch_.count - first < kLanes ? batch_.count - first : kLanes;
      batch_.done.fetch_add(used, std::memory_order_relaxed);
    }
  }

 private:
  void set_constant(int at, const Complex& value) {
    r_[at] = Ball(value, Real(0.0));
    exact_[at] = BallDD(ComplexDD(value), Real(0.0));
  }

  std::int64_t index(std::int64_t first, int lane) const {
    return first + lane < batch_.count ? first + lane : batch_.count - 1;  // spare lanes repeat the last point
  }

  void load(std::int64_t first) {
    for (int lane = 0; lane < kLanes; ++lane) {
      const std::int64_t i = index(first, lane);
      const std::complex<double>* x = batch_.points + i * n_;
      for (int k = 0; k < n_; ++k) x_[k].set(lane, x[k].real(), x[k].imag());
      const std::int64_t row = batch_.rows[i] * tape_.n_params;
      for (int k = 0; k < tape_.n_params; ++k) {
        const std::complex<double> p = batch_.parameters[row + k], low = batch_.parameters_low[row + k];
        BallDD& exact = exact_[n_ + k];
        exact.c.re.hi.set(lane, p.real());
        exact.c.re.lo.set(lane, low.real());
        exact.c.im.hi.set(lane, p.imag());
        exact.c.im.lo.set(lane, low.imag());
        exact.r.set(lane, batch_.parameter_radii[row + k]);
      }
    }
    for (int k = 0; k < tape_.n_params; ++k) {
      BallDD& exact = exact_[n_ + k];
      exact = BallDD(exact.c, exact.r);
      const Real low = modulus_bound(Complex(exact.c.re.lo, exact.c.im.lo));
      r_[n_ + k] = Ball(exact.c.hi(), (exact.r + low) * Real(kInflate));
    }
  }

  const Ball& jacobian(int i, int k) const {
    const bool mirrored = tape_.symmetric && k > i;
    return r_[tape_.first_j + (mirrored ? k * ld_ + i : i * ld_ + k)];
  }

  // J over the polydisc of radii `radius`.
  void evaluate_box(const Aligned<Real>& radius) {
    for (int k = 0; k < n_; ++k) r_[k] = Ball(x_[k], radius[k]);
    for (auto z : tape_.j_zeros) r_[z] = Ball(0.0);
    run_tape(tape_.f_inner);
    run_tape(tape_.f_outer);
    run_tape(tape_.j_code);
  }

  // f_ = Y F(x) with F in double-double, rounded once; x -= f_ sharpens the point.
  void newton_update() {
    for (int k = 0; k < n_; ++k) exact_[k] = BallDD(ComplexDD(x_[k]), Real(0.0));
    critlocus::run<BallDD, BallSumDD>(tape_.f_inner, tape_.coefficients, exact_.get());
    critlocus::run<BallDD, BallSumDD>(tape_.f_outer, tape_.coefficients, exact_.get());
    for (int i = 0; i < n_; ++i) {
      Accumulator s;
      for (int k = 0; k < n_; ++k) s.add(y_[i * n_ + k], exact_[tape_.first_f + k].c.hi());
      f_[i] = s.value();
    }
  }
  void run_tape(const Code& code) { critlocus::run<Ball, BallSum>(code, tape_.coefficients, r_.get()); }

  void invert() {
    for (int i = 0; i < n_; ++i)
      for (int k = 0; k < n_; ++k) lu_[i * ld_ + k] = jacobian(i, k).c;
    lu_factor(lu_.get(), n_, ld_, pivot_.get(), 1.0);
    Aligned<Complex>& column = x_column_;
    for (int k = 0; k < n_; ++k) {
      for (int i = 0; i < n_; ++i) column[i] = Complex(i == k ? 1.0 : 0.0);
      lu_solve(lu_.get(), n_, ld_, pivot_.get(), column.get());
      for (int i = 0; i < n_; ++i) {
        y_[i * n_ + k] = column[i];
        y_mag_[i * n_ + k] = modulus_bound(column[i]);
      }
    }
  }

  void certify(std::int64_t first) {
    for (int k = 0; k < n_; ++k) radius_[k] = Real(0.0);
    evaluate_box(radius_);
    invert();
    for (int round = 0; round < kSharpen; ++round) {
      newton_update();
      for (int k = 0; k < n_; ++k) x_[k] = x_[k] - f_[k];
    }
    newton_update();
    Real size_j(0.0), size_y(0.0), largest(0.0);
    for (int i = 0; i < n_; ++i) {
      Real row_j(0.0), row_y(0.0), d(0.0);
      for (int k = 0; k < n_; ++k) {
        const BallDD& f = exact_[tape_.first_f + k];
        row_j = row_j + jacobian(i, k).mag;
        row_y = row_y + y_mag_[i * n_ + k];
        // Radius of F, its low part, and the rounding of the product with Y.
        d = d + y_mag_[i * n_ + k] * (f.r + f.mag * Real(1.5 * (n_ + 8.0) * kUnit));
      }
      delta_[i] = (modulus_bound(f_[i]) + d) * Real(kInflate) + Real(kUnderflow);
      largest = max(largest, delta_[i]);
      size_j = max(size_j, row_j);
      size_y = max(size_y, row_y);
    }
    for (int i = 0; i < n_; ++i) radius_[i] = Real(2.0) * delta_[i] + Real(1e-6) * largest;

    Mask proven = all_lanes(false);
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      evaluate_box(radius_);
      Mask inside = all_lanes(true);
      Real contraction(0.0);
      for (int k = 0; k < n_; ++k) {  // radius of (J(X) r)_k, with the rounding of the products with Y below
        Real s(0.0);
        for (int j = 0; j < n_; ++j) {
          const Ball& b = jacobian(k, j);
          s = s + (b.r + b.mag * Real(1.5 * (n_ + 8.0) * kUnit)) * radius_[j];
        }
        q_[k] = s;
      }
      for (int i = 0; i < n_; ++i) {
        Real s(0.0);
        for (int j = 0; j < n_; ++j) {
          Accumulator e(Complex(i == j ? -1.0 : 0.0));
          for (int k = 0; k < n_; ++k) e.add(y_[i * n_ + k], jacobian(k, j).c);
          s = s + (modulus_bound(e.value()) + Real(i == j ? 1.5 * (n_ + 8.0) * kUnit : 0.0)) * radius_[j];
        }
        for (int k = 0; k < n_; ++k) s = s + y_mag_[i * n_ + k] * q_[k];
        s = s * Real(kInflate) + Real(kUnderflow);
        inside = inside & ((delta_[i] + s) * Real(kInflate) < radius_[i]);
        contraction = max(contraction, s / radius_[i] * Real(kInflate));
      }
      const Mask fresh = inside & ~proven;
      for (int lane = 0; lane < kLanes && first + lane < batch_.count; ++lane)
        if (fresh[lane]) store(first + lane, lane, contraction[lane]);
      proven = proven | inside;
      if (!any(~proven)) break;
      // The proven lanes keep their boxes stored above; the others try a wider box.
      for (int i = 0; i < n_; ++i)
        radius_[i] = max(radius_[i] * Real(kWiden[attempt]), largest * Real(2.0 * kRound[attempt]));
    }
    for (int lane = 0; lane < kLanes && first + lane < batch_.count; ++lane) {
      batch_.certified[first + lane] = proven[lane] ? 1 : 0;
      batch_.condition[first + lane] = size_j[lane] * size_y[lane];
    }
  }

  void store(std::int64_t i, int lane, double contraction) {
    for (int k = 0; k < n_; ++k) batch_.points[i * n_ + k] = {x_[k].re[lane], x_[k].im[lane]};
    batch_.contraction[i] = contraction;
    for (int k = 0; k < n_; ++k) batch_.radius[i * n_ + k] = radius_[k][lane];
    if (!batch_.j_centre) return;
    for (int a = 0; a < n_; ++a)
      for (int b = 0; b < n_; ++b) {
        const Ball& entry = jacobian(a, b);
        batch_.j_centre[(i * n_ + a) * n_ + b] = {entry.c.re[lane], entry.c.im[lane]};
        batch_.j_radius[(i * n_ + a) * n_ + b] = entry.r[lane];
      }
  }

  CertificateBatch& batch_;
  const Tape& tape_;
  const int n_, ld_;
  Aligned<Ball> r_;
  Aligned<BallDD> exact_;
  Aligned<Complex> f_, x_, lu_, y_;
  Aligned<Real> y_mag_, pivot_, delta_, radius_, q_;
  Aligned<Complex> x_column_{std::size_t(tape_.n)};
};

}  // namespace

void certify_worker(CertificateBatch& batch) { LaneCertifier(batch).run(); }

void evaluate_balls(const Tape& tape, const std::complex<double>* x, const double* x_radius,
                    const std::complex<double>* p, const double* p_radius, std::complex<double>* f, double* f_radius,
                    std::complex<double>* j, double* j_radius) {
  Aligned<Ball> r(tape.n_registers);
  auto ball = [](std::complex<double> c, double radius) { return Ball(Complex(c.real(), c.imag()), Real(radius)); };
  for (int i = 0; i < tape.n; ++i) r[i] = ball(x[i], x_radius[i]);
  for (int i = 0; i < tape.n_params; ++i) r[tape.n + i] = ball(p[i], p_radius[i]);
  for (std::size_t c = 0; c < tape.constants.size(); ++c) r[tape.first_const + c] = ball(tape.constants[c], 0.0);
  for (const Code* code : {&tape.f_inner, &tape.f_outer, &tape.j_code})
    run<Ball, BallSum>(*code, tape.coefficients, r.get());
  auto put = [](const Ball& b, std::complex<double>& c, double& radius) {
    c = {b.c.re[0], b.c.im[0]};
    radius = b.r[0];
  };
  for (int i = 0; i < tape.n_equations; ++i) {
    put(r[tape.first_f + i], f[i], f_radius[i]);
    for (int k = 0; k < tape.n; ++k) {
      const int at = tape.first_j + (tape.symmetric && k > i ? k * tape.ld + i : i * tape.ld + k);
      put(r[at], j[i * tape.n + k], j_radius[i * tape.n + k]);
    }
  }
}

}  // namespace critlocus
