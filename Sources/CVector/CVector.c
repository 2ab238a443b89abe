// A header-only target; the package manager asks for one source file.
