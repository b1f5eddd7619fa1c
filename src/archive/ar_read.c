#include "archive/ar_file.h"
