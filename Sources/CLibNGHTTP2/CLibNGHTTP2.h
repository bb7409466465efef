#ifndef GATEHOUSE_CLIBNGHTTP2_H
#define GATEHOUSE_CLIBNGHTTP2_H

#include <nghttp2/nghttp2.h>

#endif
