// SPDX-License-Identifier: MIT

// Boost.JSON compiled with the flags of the build, for builds that instrument their code.
#include <boost/json/src.hpp>
