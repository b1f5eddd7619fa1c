/* ar_mri.c - M */
#include "applets/ar_app.h"

int ar_script(struct ar_app *app)
{
    diag_error(&app->d, "scripts are not there yet");
    return 1;
}
