# Removes what cmake --install put somewhere: cmake --build BUILD --target uninstall, with the same DESTDIR if there was one.
# The manifests that CMake leaves in the build folder name each file, for the last installation of each component.
file(GLOB manifests ${LEAT_BUILD}/install_manifest*.txt)
if(NOT manifests)
  message(FATAL_ERROR "nothing was installed from ${LEAT_BUILD}, or it is uninstalled already")
endif()

set(folders "")
foreach(manifest ${manifests})
  file(STRINGS ${manifest} installed)
  foreach(file ${installed})
    file(REMOVE $ENV{DESTDIR}${file})
    get_filename_component(folder ${file} DIRECTORY)
    list(APPEND folders ${folder})
  endforeach()
  file(REMOVE ${manifest})
endforeach()

# Folders that are leat's own go with their last file; lib, bin and include are everybody's.
list(REMOVE_DUPLICATES folders)
foreach(folder ${folders})
  file(GLOB left $ENV{DESTDIR}${folder}/*)
  if(folder MATCHES "/leat$" AND NOT left)
    file(REMOVE_RECURSE $ENV{DESTDIR}${folder})
  endif()
endforeach()
