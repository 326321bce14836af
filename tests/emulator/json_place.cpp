// SPDX-License-Identifier: MIT
#include "json_place.hpp"

#include "bad_files.hpp"

#include <boost/json/stream_parser.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <sstream>

namespace emulator {

namespace json = boost::json;
using boost::system::error_code;

namespace {

template <class Number>
std::string written(Number number) {
    std::ostringstream out;
    out << number;
    return out.str();
}

template <class Number>
std::string range(Number least, Number most) {
    return " from " + written(least) + " to " + written(most);
}

json::value parse(const std::string& file, const std::string& text) {
    json::parse_options options;
    options.allow_comments = true;
    json::stream_parser parser({}, options);
    error_code ec;
    const auto read = parser.write(text, ec);
    if (!ec) parser.finish(ec);
    if (!ec) return parser.release();
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(read, text.size()));
    throw bad_files(file + ": line " + std::to_string(1 + std::count(text.begin(), end, '\n')) +
                    " is not JSON: " + ec.message());
}

} // namespace

void json_place::complain(const std::string& about_it) const {
    throw bad_files(file_ + ": " + (path_.empty() ? "it" : path_) + about_it);
}

bool json_place::boolean() const {
    if (!value_.is_bool()) must_be("true or false");
    return value_.get_bool();
}

std::string json_place::text() const {
    if (!value_.is_string()) must_be("a string");
    return std::string(value_.get_string());
}

std::uint64_t json_place::whole_number(std::uint64_t least, std::uint64_t most) const {
    error_code ec;
    const auto number = value_.is_number() ? value_.to_number<std::uint64_t>(ec) : 0;
    if (!value_.is_number() || ec || number < least || number > most) {
        must_be("a whole number" + range(least, most));
    }
    return number;
}

double json_place::number(double least, double most) const {
    error_code ec;
    const auto number = value_.is_number() ? value_.to_number<double>(ec) : 0;
    if (!value_.is_number() || ec || !(number >= least && number <= most)) must_be("a number" + range(least, most));
    return number;
}

void json_place::for_each_member(const std::function<void(const std::string&, const json_place&)>& visit) const {
    if (!value_.is_object()) must_be("an object");
    for (const auto& [key, value] : value_.get_object()) {
        const std::string name(key);
        visit(name, {value, file_, path_.empty() ? name : path_ + "." + name});
    }
}

void json_place::for_each_element(const std::function<void(const json_place&)>& visit) const {
    if (!value_.is_array()) must_be("an array");
    std::size_t index = 0;
    for (const auto& value : value_.get_array()) visit({value, file_, path_ + "[" + std::to_string(index++) + "]"});
}

void read_json_file(const std::string& file, const std::function<void(const json_place&)>& visit) {
    std::ifstream in(file, std::ios::binary);
    std::string text;
    std::array<char, 4096> part;
    while (in.read(part.data(), part.size()) || in.gcount() > 0) {
        text.append(part.data(), static_cast<std::size_t>(in.gcount()));
    }
    if (!in.eof()) throw bad_files("can't read " + file + ": " + std::strerror(errno));
    const auto value = parse(file, text);
    visit({value, file});
}

} // namespace emulator
