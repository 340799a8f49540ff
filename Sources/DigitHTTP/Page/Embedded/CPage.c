#include "CPage.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char index_html[] = {
#embed "../index.html"
};
static const unsigned char style_css[] = {
#embed "../style.css"
};
static const unsigned char answer_js[] = {
#embed "../Modules/answer.js"
};
static const unsigned char chart_js[] = {
#embed "../Modules/chart.js"
};
static const unsigned char drawing_js[] = {
#embed "../Modules/drawing.js"
};
static const unsigned char format_js[] = {
#embed "../Modules/format.js"
};
static const unsigned char fragment_js[] = {
#embed "../Modules/fragment.js"
};
static const unsigned char history_js[] = {
#embed "../Modules/history.js"
};
static const unsigned char keys_js[] = {
#embed "../Modules/keys.js"
};
static const unsigned char latest_js[] = {
#embed "../Modules/latest.js"
};
static const unsigned char main_js[] = {
#embed "../Modules/main.js"
};
static const unsigned char metrics_js[] = {
#embed "../Modules/metrics.js"
};
static const unsigned char models_js[] = {
#embed "../Modules/models.js"
};
static const unsigned char monitor_js[] = {
#embed "../Modules/monitor.js"
};
static const unsigned char pgm_js[] = {
#embed "../Modules/pgm.js"
};
static const unsigned char pictures_js[] = {
#embed "../Modules/pictures.js"
};
static const unsigned char raster_js[] = {
#embed "../Modules/raster.js"
};
static const unsigned char server_js[] = {
#embed "../Modules/server.js"
};
static const unsigned char sheet_js[] = {
#embed "../Modules/sheet.js"
};
static const unsigned char tabs_js[] = {
#embed "../Modules/tabs.js"
};
static const unsigned char test_digits_js[] = {
#embed "../Modules/test-digits.js"
};
static const unsigned char tray_js[] = {
#embed "../Modules/tray.js"
};
static const unsigned char favicon_svg[] = {
#embed "../Images/favicon.svg"
};
static const unsigned char chevron_svg[] = {
#embed "../Images/chevron.svg"
};
static const unsigned char test_digits_zlib[] = {
#embed "../Images/test-digits.zlib"
};

#define FILE_AT(path, bytes) {path, bytes, sizeof bytes}
static const struct digits_page_file files[] = {
    FILE_AT("/", index_html),
    FILE_AT("/style.css", style_css),
    FILE_AT("/modules/answer.js", answer_js),
    FILE_AT("/modules/chart.js", chart_js),
    FILE_AT("/modules/drawing.js", drawing_js),
    FILE_AT("/modules/format.js", format_js),
    FILE_AT("/modules/fragment.js", fragment_js),
    FILE_AT("/modules/history.js", history_js),
    FILE_AT("/modules/keys.js", keys_js),
    FILE_AT("/modules/latest.js", latest_js),
    FILE_AT("/modules/main.js", main_js),
    FILE_AT("/modules/metrics.js", metrics_js),
    FILE_AT("/modules/models.js", models_js),
    FILE_AT("/modules/monitor.js", monitor_js),
    FILE_AT("/modules/pgm.js", pgm_js),
    FILE_AT("/modules/pictures.js", pictures_js),
    FILE_AT("/modules/raster.js", raster_js),
    FILE_AT("/modules/server.js", server_js),
    FILE_AT("/modules/sheet.js", sheet_js),
    FILE_AT("/modules/tabs.js", tabs_js),
    FILE_AT("/modules/test-digits.js", test_digits_js),
    FILE_AT("/modules/tray.js", tray_js),
    FILE_AT("/favicon.svg", favicon_svg),
    FILE_AT("/chevron.svg", chevron_svg),
    FILE_AT("/test-digits.zlib", test_digits_zlib),
};

const struct digits_page_file *digits_page_files(size_t *count) {
  *count = sizeof files / sizeof *files;
  return files;
}
