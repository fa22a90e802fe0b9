// Names that nobody can guess and that never come twice: lease tokens, request ids. Threads: any.
#pragma once

#include <string>

namespace parzen {

// 128 random bits from the operating system, as 32 hexadecimal digits. Ends the process where the system has none: no
// name that could be guessed is given.
std::string RandomToken();

}  // namespace parzen
