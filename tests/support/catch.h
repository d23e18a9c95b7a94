// Catch2's assertions, whichever of its major versions the system has: 2 (Debian 12) or 3 (Debian 13).
#ifndef LEAT_TESTS_SUPPORT_CATCH_H_
#define LEAT_TESTS_SUPPORT_CATCH_H_

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#endif  // LEAT_TESTS_SUPPORT_CATCH_H_
