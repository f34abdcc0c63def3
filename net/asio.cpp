/// Boost.Asio's own code, compiled once: its headers only declare it (see CMakeLists.txt).

#include <boost/asio/impl/src.hpp>
