#include "cli/program.h"

int main(int argc, char** argv) { return static_cast<int>(leat::cli::RunProgram(argc, argv)); }
