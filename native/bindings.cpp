// Bindings: wiring only. Arrays come in checked and contiguous from Python; results go into arrays made there.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/vector.h>

#include "aligned.hpp"
#include "krawczyk.hpp"
#include "parts.hpp"
#include "taylor.hpp"
#include "tracker.hpp"
#include "workers.hpp"

namespace nb = nanobind;
using namespace critlocus;

namespace {

using ComplexIn = nb::ndarray<const std::complex<double>, nb::c_contig, nb::device::cpu>;
using ComplexOut = nb::ndarray<std::complex<double>, nb::c_contig, nb::device::cpu>;
using RealOut = nb::ndarray<double, nb::c_contig, nb::device::cpu>;
using Index = nb::ndarray<const std::int64_t, nb::c_contig, nb::device::cpu>;
using IntOut = nb::ndarray<std::int32_t, nb::c_contig, nb::device::cpu>;
using ByteOut = nb::ndarray<std::int8_t, nb::c_contig, nb::device::cpu>;
using CodeIn = nb::ndarray<const std::int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

Code code(const CodeIn& array) { return Code(array.data(), array.data() + array.shape(0)); }

// Runs job on threads without the GIL; a pending signal (Ctrl-C) stops the batch, and is raised by the caller.
template <class Batch>
bool run_batch(Batch& batch, int threads, void (*worker)(Batch&), const nb::object& progress) {
  bool interrupted = false;
  bool failed = false;
  nb::python_error* error = nullptr;
  {
    nb::gil_scoped_release release;
    run_workers(
        threads, [&] { worker(batch); },
        [&] {
          nb::gil_scoped_acquire acquire;
          if (interrupted || failed) return;
          if (PyErr_CheckSignals() != 0) {
            PyErr_Clear();
            interrupted = true;
          } else if (!progress.is_none()) {
            try {
              progress(batch.done.load(std::memory_order_relaxed));
            } catch (nb::python_error& e) {
              error = new nb::python_error(std::move(e));
              failed = true;
            }
          }
          if (interrupted || failed) batch.stop = true;
        });
  }
  if (failed) {
    nb::python_error raised(std::move(*error));
    delete error;
    throw raised;
  }
  return interrupted;
}

bool track(const Tape& tape, const ComplexIn& starts, const ComplexIn& parameters, const Index& from, const Index& to,
           const std::vector<double>& options, ComplexOut ends, ByteOut status, RealOut reals, IntOut counts,
           int threads, const nb::object& progress) {
  PathBatch batch;
  batch.tape = &tape;
  batch.count = std::int64_t(starts.shape(0));
  batch.options = {options.at(0),
                   options.at(1),
                   options.at(2),
                   options.at(3),
                   options.at(4),
                   options.at(5),
                   std::int64_t(options.at(6)),
                   std::int64_t(options.at(7))};
  batch.starts = starts.data();
  batch.parameters = parameters.data();
  batch.from = from.data();
  batch.to = to.data();
  batch.ends = ends.data();
  batch.status = reinterpret_cast<PathStatus*>(status.data());
  std::vector<PathTelemetry> telemetry(batch.count);
  batch.telemetry = telemetry.data();
  const bool interrupted = run_batch(batch, threads, &track_worker, progress);
  for (std::int64_t i = 0; i < batch.count; ++i) {
    const PathTelemetry& path = telemetry[i];
    double* r = reals.data() + 3 * i;
    r[0] = path.t;
    r[1] = path.accuracy;
    r[2] = path.condition;
    counts.data()[3 * i] = path.steps;
    counts.data()[3 * i + 1] = path.rejected;
    counts.data()[3 * i + 2] = path.extended;
  }
  return interrupted;
}

// F, J and Taylor coefficients of F along x(s) = sum_k xs[k] s^k, p(s) = p + s dp, one lane at a time (for tests).
void evaluate(const Tape& tape, const ComplexIn& xs, const ComplexIn& p, const ComplexIn& dp, ComplexOut f,
              ComplexOut j) {
  Aligned<Complex> r0(tape.n_registers);
  Aligned<Complex> higher(std::size_t(kTaylorOrder) * tape.taylor_registers());
  Complex* r[kTaylorOrder + 1] = {r0.get()};
  for (int k = 1; k <= kTaylorOrder; ++k) r[k] = higher.get() + std::size_t(k - 1) * tape.taylor_registers();
  for (int k = 0; k <= kTaylorOrder; ++k)
    for (int i = 0; i < tape.n; ++i) {
      const std::complex<double> x = xs.data()[k * tape.n + i];
      r[k][i] = Complex(x.real(), x.imag());
    }
  for (int i = 0; i < tape.n_params; ++i) {
    r[0][tape.n + i] = Complex(p.data()[i].real(), p.data()[i].imag());
    r[1][tape.n + i] = Complex(dp.data()[i].real(), dp.data()[i].imag());
  }
  for (std::size_t c = 0; c < tape.constants.size(); ++c)
    r[0][tape.first_const + c] = Complex(tape.constants[c].real(), tape.constants[c].imag());
  evaluate_f(tape, r[0]);
  evaluate_j(tape, r[0]);
  taylor_f<1, Newest::kKnown, Complex>(tape, r);
  taylor_f<2, Newest::kKnown, Complex>(tape, r);
  taylor_f<3, Newest::kKnown, Complex>(tape, r);
  taylor_f<4, Newest::kKnown, Complex>(tape, r);
  auto value = [](const Complex& c) { return std::complex<double>(c.re[0], c.im[0]); };
  for (int k = 0; k <= kTaylorOrder; ++k)
    for (int i = 0; i < tape.n_equations; ++i) f.data()[k * tape.n_equations + i] = value(r[k][tape.first_f + i]);
  for (int i = 0; i < tape.n_equations; ++i)
    for (int k = 0; k < tape.n; ++k) {
      const bool mirrored = tape.symmetric && k > i;
      j.data()[i * tape.n + k] = value(r[0][tape.first_j + (mirrored ? k * tape.ld + i : i * tape.ld + k)]);
    }
}

using RealIn = nb::ndarray<const double, nb::c_contig, nb::device::cpu>;

bool certify(const Tape& tape, ComplexOut points, const ComplexIn& parameters, const ComplexIn& low,
             const RealIn& radii, const Index& rows, ByteOut certified, RealOut radius, RealOut contraction,
             RealOut condition, ComplexOut j_centre, RealOut j_radius, int threads, const nb::object& progress) {
  CertificateBatch batch;
  batch.tape = &tape;
  batch.count = std::int64_t(points.shape(0));
  batch.points = points.data();
  batch.parameters = parameters.data();
  batch.parameters_low = low.data();
  batch.parameter_radii = radii.data();
  batch.rows = rows.data();
  batch.certified = certified.data();
  batch.radius = radius.data();
  batch.contraction = contraction.data();
  batch.condition = condition.data();
  if (j_centre.size() > 0) {
    batch.j_centre = j_centre.data();
    batch.j_radius = j_radius.data();
  }
  return run_batch(batch, threads, &certify_worker, progress);
}

}  // namespace

#define CRITLOCUS_MODULE(name) NB_MODULE(name, m)

CRITLOCUS_MODULE(CRITLOCUS_NAME) {
  nb::class_<Tape>(m, "Tape")
      .def("__init__",
           [](Tape* self, int n, int n_params, int n_equations, int first_f, int first_j, int ld, bool symmetric,
              const ComplexIn& constants, const std::vector<double>& coefficients, const CodeIn& f_inner,
              const CodeIn& f_outer, const CodeIn& j_code, const CodeIn& j_zeros) {
             Tape tape;
             tape.n = n;
             tape.n_params = n_params;
             tape.n_equations = n_equations;
             tape.first_const = n + n_params;
             tape.first_f = first_f;
             tape.first_j = first_j;
             tape.ld = ld;
             tape.n_registers = first_j + n_equations * ld;
             tape.symmetric = symmetric;
             tape.constants.assign(constants.data(), constants.data() + constants.size());
             tape.coefficients = coefficients;
             tape.f_inner = code(f_inner);
             tape.f_outer = code(f_outer);
             tape.j_code = code(j_code);
             tape.j_zeros = code(j_zeros);
             tape.check();
             new (self) Tape(std::move(tape));
           })
      .def_ro("n", &Tape::n)
      .def_ro("n_params", &Tape::n_params)
      .def_ro("n_equations", &Tape::n_equations)
      .def_ro("n_registers", &Tape::n_registers)
      .def_ro("symmetric", &Tape::symmetric);
  m.def("track", &track, nb::arg("tape"), nb::arg("starts"), nb::arg("parameters"), nb::arg("from_"), nb::arg("to"),
        nb::arg("options"), nb::arg("ends").noconvert(), nb::arg("status").noconvert(), nb::arg("reals").noconvert(),
        nb::arg("counts").noconvert(), nb::arg("threads"), nb::arg("progress").none());
  m.def("evaluate", &evaluate, nb::arg("tape"), nb::arg("xs"), nb::arg("p"), nb::arg("dp"), nb::arg("f").noconvert(),
        nb::arg("j").noconvert());
  m.def("certify", &certify, nb::arg("tape"), nb::arg("points").noconvert(), nb::arg("parameters"),
        nb::arg("parameters_low"), nb::arg("radii"), nb::arg("rows"), nb::arg("certified").noconvert(),
        nb::arg("radius").noconvert(), nb::arg("contraction").noconvert(), nb::arg("condition").noconvert(),
        nb::arg("j_centre").noconvert(), nb::arg("j_radius").noconvert(), nb::arg("threads"),
        nb::arg("progress").none());
  m.def(
      "evaluate_balls",
      [](const Tape& tape, const ComplexIn& x, const RealIn& x_radius, const ComplexIn& p, const RealIn& p_radius,
         ComplexOut f, RealOut f_radius, ComplexOut j, RealOut j_radius) {
        evaluate_balls(tape, x.data(), x_radius.data(), p.data(), p_radius.data(), f.data(), f_radius.data(), j.data(),
                       j_radius.data());
      },
      nb::arg("tape"), nb::arg("x"), nb::arg("x_radius"), nb::arg("p"), nb::arg("p_radius"), nb::arg("f").noconvert(),
      nb::arg("f_radius").noconvert(), nb::arg("j").noconvert(), nb::arg("j_radius").noconvert());
  m.def("peak_flops", &peak_flops);
  m.def(
      "time_parts",
      [](const Tape& tape, const ComplexIn& x, const ComplexIn& p, const ComplexIn& dp, int repeats) {
        const PartTimes t = time_parts(tape, x.data(), p.data(), dp.data(), repeats);
        nb::dict seconds;
        seconds["f"] = t.f;
        seconds["jacobian"] = t.jacobian;
        seconds["factor"] = t.factor;
        seconds["solve"] = t.solve;
        seconds["taylor"] = t.taylor;
        seconds["predict"] = t.predict;
        return seconds;
      },
      nb::arg("tape"), nb::arg("x"), nb::arg("p"), nb::arg("dp"), nb::arg("repeats"));
  m.attr("lanes") = kLanes;
  m.attr("native_width") = kNative;
}
