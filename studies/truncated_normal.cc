#include "studies/truncated_normal.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace parzen {
namespace {

constexpr double kFarTail = -10;  // where log-space begins; the lower tail's mass there is 7.6e-24

// Phi(x).
double LowerMass(double x) { return 0.5 * std::erfc(-x * std::numbers::sqrt2 / 2); }

// log Phi(x). Far below, erfc underflows: there Phi(x) = phi(x) / -x * (1 - 1/x^2 + 3/x^4 - 15/x^6 + ...).
double LogLowerMass(double x) {
  if (x > kFarTail) return std::log(LowerMass(x));
  if (std::isinf(x)) return x;
  const double square = 1 / (x * x);
  double term = 1;
  double series = 1;
  // The terms fall until about number x^2/2 = 50; these are enough for 1e-16 at x = -10.
  for (int k = 1; k <= 25; ++k) {
    term *= -(2 * k - 1) * square;
    series += term;
    if (std::abs(term) < 1e-17) break;
  }
  return -0.5 * x * x - std::log(-x) - 0.5 * std::log(2 * std::numbers::pi) + std::log(series);
}

// x with log Phi(x) == target, far below: Newton on the logarithm, whose slope is phi/Phi.
double LowerQuantileOfLog(double target) {
  double x = -std::sqrt(std::max(-2 * target - std::log(2 * std::numbers::pi), 1.0));
  for (int step = 0; step < 50; ++step) {
    const double log_mass = LogLowerMass(x);
    const double slope = std::exp(-0.5 * x * x - 0.5 * std::log(2 * std::numbers::pi) - log_mass);
    const double move = (target - log_mass) / slope;
    x += move;
    if (std::abs(move) < 1e-15 * std::abs(x)) break;
  }
  return x;
}

// a < b < kFarTail.
double FarQuantile(double q, double a, double b) {
  const double below_b = LogLowerMass(b);
  const double share_below_a = std::exp(LogLowerMass(a) - below_b);
  return LowerQuantileOfLog(below_b + std::log(share_below_a + q * (1 - share_below_a)));
}

double Polynomial(const double (&coefficients)[8], double x) {
  double value = coefficients[7];
  for (int i = 6; i >= 0; --i) value = value * x + coefficients[i];
  return value;
}

}  // namespace

double GaussMass(double a, double b) {
  if (a > 0) return GaussMass(-b, -a);
  if (b <= 0) return LowerMass(b) - LowerMass(a);
  // Both ends near the middle: the difference of erf does not cancel against 1/2.
  return 0.5 * (std::erf(b * std::numbers::sqrt2 / 2) - std::erf(a * std::numbers::sqrt2 / 2));
}

double LogGaussMass(double a, double b) {
  if (a > 0) return LogGaussMass(-b, -a);
  if (b > kFarTail) return std::log(GaussMass(a, b));
  const double below_b = LogLowerMass(b);
  return below_b + std::log1p(-std::exp(LogLowerMass(a) - below_b));
}

double TruncatedNormalQuantile(double q, double a, double b) {
  if (a > 0) return -TruncatedNormalQuantile(1 - q, -b, -a);
  if (q <= 0) return a;
  if (q >= 1) return b;
  double x = 0;
  if (b < kFarTail) {
    x = FarQuantile(q, a, b);
  } else {
    const double mass = GaussMass(a, b);
    const double lower = LowerMass(a) + q * mass;
    // From the side with the smaller mass.
    x = lower <= 0.5 ? NormalQuantile(lower) : -NormalQuantile(LowerMass(-b) + (1 - q) * mass);
  }
  return std::clamp(x, a, b);
}

double NormalQuantile(double p) {
  static constexpr double kCentreAbove[8] = {
      3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
      4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3};
  static constexpr double kCentreBelow[8] = {1.0,
                                             4.2313330701600911252e+1,
                                             6.8718700749205790830e+2,
                                             5.3941960214247511077e+3,
                                             2.1213794301586595867e+4,
                                             3.9307895800092710610e+4,
                                             2.8729085735721942674e+4,
                                             5.2264952788528545610e+3};
  static constexpr double kTailAbove[8] = {
      1.42343711074968357734e0, 4.63033784615654529590e0,  5.76949722146069140550e0,  3.64784832476320460504e0,
      1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static constexpr double kTailBelow[8] = {1.0,
                                           2.05319162663775882187e0,
                                           1.67638483018380384940e0,
                                           6.89767334985100004550e-1,
                                           1.48103976427480074590e-1,
                                           1.51986665636164571966e-2,
                                           5.47593808499534494600e-4,
                                           1.05075007164441684324e-9};
  static constexpr double kFarAbove[8] = {
      6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,  2.96560571828504891230e-1,
      2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static constexpr double kFarBelow[8] = {1.0,
                                          5.99832206555887937690e-1,
                                          1.36929880922735805310e-1,
                                          1.48753612908506148525e-2,
                                          7.86869131145613259100e-4,
                                          1.84631831751005468180e-5,
                                          1.42151175831644588870e-7,
                                          2.04426310338993978564e-15};
  const double centred = p - 0.5;
  if (std::abs(centred) <= 0.425) {
    const double r = 0.180625 - centred * centred;
    return centred * Polynomial(kCentreAbove, r) / Polynomial(kCentreBelow, r);
  }
  const double r = std::sqrt(-std::log(std::min(p, 1 - p)));
  const double x = r <= 5 ? Polynomial(kTailAbove, r - 1.6) / Polynomial(kTailBelow, r - 1.6)
                          : Polynomial(kFarAbove, r - 5) / Polynomial(kFarBelow, r - 5);
  return centred < 0 ? -x : x;
}

}  // namespace parzen
