// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/error.hpp>

#include <boost/system/result.hpp>

namespace webpubsub {

/// A value or an `error`. Functions of this library return it and never throw because of their input.
template <class T>
using result = boost::system::result<T, error>;

} // namespace webpubsub
