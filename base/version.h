// Which Parzen this is: what `parzen --version` prints, and what workers and coordinators tell each other.
#pragma once

namespace parzen {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace parzen
