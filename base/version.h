// Parzen's version, as processes tell it to each other and to people.
#pragma once

namespace parzen {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace parzen
