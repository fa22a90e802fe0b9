// The standard normal distribution cut to an interval: masses, their logarithms and quantiles, accurate in the far
// tails too, where differences of the distribution function cancel. Pure functions; bounds may be infinite.
#pragma once

namespace parzen {

// Mass of the standard normal between a and b, to a relative 1e-13. Requires: a <= b.
double GaussMass(double a, double b);

// Its logarithm, also where the mass itself underflows; -infinity when a == b. Requires: a <= b.
double LogGaussMass(double a, double b);

// Where the share `q` of the mass between a and b lies below; within [a, b]. Requires: a <= b, 0 <= q <= 1.
double TruncatedNormalQuantile(double q, double a, double b);

// Quantile of the standard normal (Wichura, 1988: Algorithm AS 241, PPND16, to a relative 1e-16). Requires: 0 < p < 1.
double NormalQuantile(double p);

}  // namespace parzen
