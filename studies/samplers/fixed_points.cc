#include "studies/samplers/fixed_points.h"

namespace parzen {

Point CompletePoint(const SearchSpace& space, const Point& given, const Point& suggested, const RandomStream& random) {
  Point point(space.size());
  for (const size_t i : space.activation_order()) {
    if (!space.IsActive(i, point)) continue;
    const auto fits = [&](const Point& source) {
      return source[i].has_value() && Contains(space.distribution(i), *source[i]);
    };
    if (fits(given)) {
      point[i] = given[i];
    } else if (fits(suggested)) {
      point[i] = suggested[i];
    } else {
      // A stream a parameter, so that a value does not depend on which others were given.
      point[i] = space.axis(i).FromUnit(random.Fork(i).Uniform());
    }
  }
  return point;
}

}  // namespace parzen
