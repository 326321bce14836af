// SPDX-License-Identifier: MIT
#pragma once

#include <boost/json/value.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace emulator {

/// A value in a JSON file and where it is. What is not as it is asked for throws `bad_files`, which names the place.
class json_place {
public:
    json_place(const boost::json::value& value, std::string file, std::string path = {})
        : value_(value), file_(std::move(file)), path_(std::move(path)) {}

    bool is_null() const { return value_.is_null(); }
    bool boolean() const;
    std::string text() const;
    std::uint64_t whole_number(std::uint64_t least, std::uint64_t most) const;
    double number(double least, double most) const;

    void for_each_member(const std::function<void(const std::string& key, const json_place& value)>& visit) const;
    void for_each_element(const std::function<void(const json_place& value)>& visit) const;

    [[noreturn]] void must_be(std::string_view what) const { complain(" must be " + std::string(what)); }
    [[noreturn]] void is_unknown() const { complain(" is not a known key"); }
    [[noreturn]] void complain(const std::string& about_it) const;

private:
    const boost::json::value& value_;
    std::string file_;
    /// As in JavaScript; empty for all of the file.
    std::string path_;
};

/// Calls `visit` with what is in the file, which may have comments. Throws `bad_files`.
void read_json_file(const std::string& file, const std::function<void(const json_place&)>& visit);

} // namespace emulator
