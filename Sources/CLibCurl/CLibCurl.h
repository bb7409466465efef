#ifndef GATEHOUSE_CLIBCURL_H
#define GATEHOUSE_CLIBCURL_H

#include <curl/curl.h>

#endif
