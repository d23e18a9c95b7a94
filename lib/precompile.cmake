# Precompiles what nearly every file includes, which takes four tenths off what a whole build of leat costs. It is for builds that
# nobody goes on with: what a file forgets to include is not missed in them, and ccache does not know them.
#
# gcc takes a precompiled header only with the flags that it was made with: one for the library's position-independent files,
# one for programs, and one for tests, with Catch2.
set(headers <absl/container/flat_hash_map.h> <absl/functional/any_invocable.h> <absl/status/status.h> <absl/status/statusor.h>
            <fmt/format.h> <algorithm> <atomic> <chrono> <functional> <map> <memory> <optional> <span> <string> <string_view>
            <thread> <vector>)

# leat_precompiled(WHOSE LIBRARIES...): the headers as leat_precompiled_WHOSE.
function(leat_precompiled whose)
  set(nothing ${PROJECT_BINARY_DIR}/precompiled_${whose}.cc)
  file(GENERATE OUTPUT ${nothing} CONTENT "// What is precompiled belongs to a target, and a target has a file.\n")
  add_library(leat_precompiled_${whose} OBJECT EXCLUDE_FROM_ALL ${nothing})
  target_link_libraries(leat_precompiled_${whose} PRIVATE leat_options absl::status absl::statusor absl::any_invocable
                        absl::flat_hash_map fmt::fmt Threads::Threads ${ARGN})
  target_precompile_headers(leat_precompiled_${whose} PRIVATE ${headers})
endfunction()

leat_precompiled(library)
set_target_properties(leat_precompiled_library PROPERTIES POSITION_INDEPENDENT_CODE ON)
leat_precompiled(programs)
if(LEAT_BUILD_TESTS)
  find_package(Catch2 REQUIRED)
  leat_precompiled(tests Catch2::Catch2)
  target_precompile_headers(leat_precompiled_tests PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/catch.h)
endif()

# Every target of a folder, and of those below, takes what fits it.
function(leat_precompile folder)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  # catch_main.cc has its reasons to include Catch2 in its own way.
  list(FILTER targets EXCLUDE REGEX "^leat_(precompiled_|catch_main$|options$)")
  foreach(target ${targets})
    get_target_property(uses ${target} LINK_LIBRARIES)
    get_target_property(independent ${target} POSITION_INDEPENDENT_CODE)
    if(NOT "leat_options" IN_LIST uses)
      continue()
    elseif(independent)
      set(whose library)
    elseif("Catch2::Catch2" IN_LIST uses)
      set(whose tests)
    else()
      set(whose programs)
    endif()
    set_target_properties(${target} PROPERTIES PRECOMPILE_HEADERS_REUSE_FROM leat_precompiled_${whose})
    add_dependencies(${target} leat_precompiled_${whose})
  endforeach()
  get_property(below DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(one ${below})
    leat_precompile(${one})
  endforeach()
endfunction()
leat_precompile(${PROJECT_SOURCE_DIR})
