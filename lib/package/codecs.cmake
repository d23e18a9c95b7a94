# The codecs' libraries, which Debian 12 and 13 have, as LEAT_CODECS; not all of them come with a package file for CMake, so
# they are looked up alike. Included by the build, and, where leat was installed as a static library, by those who link it.
find_package(ZLIB REQUIRED)
set(LEAT_CODECS ZLIB::ZLIB)
foreach(codec "snappy;snappy.h" "lz4;lz4frame.h" "zstd;zstd.h")
  list(GET codec 0 name)
  list(GET codec 1 header)
  find_path(LEAT_${name}_INCLUDE ${header} REQUIRED)
  find_library(LEAT_${name}_LIBRARY ${name} REQUIRED)
  mark_as_advanced(LEAT_${name}_INCLUDE LEAT_${name}_LIBRARY)
  if(NOT TARGET leat_codec_${name})
    add_library(leat_codec_${name} UNKNOWN IMPORTED GLOBAL)
    set_target_properties(leat_codec_${name} PROPERTIES IMPORTED_LOCATION ${LEAT_${name}_LIBRARY}
                          INTERFACE_INCLUDE_DIRECTORIES ${LEAT_${name}_INCLUDE})
  endif()
  list(APPEND LEAT_CODECS leat_codec_${name})
endforeach()
