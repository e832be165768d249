// The fixture files, carried inside the binary so that it runs alone from any folder.
// #embed is C23, which the package's compiler takes in every mode.
#include "CFixtures.h"

#include <stddef.h>

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char plan_free[] = {
#embed "../../Fixtures/plans/free.json"
};
static const unsigned char plan_lite[] = {
#embed "../../Fixtures/plans/lite.json"
};
static const unsigned char plan_hobby[] = {
#embed "../../Fixtures/plans/hobby.json"
};
static const unsigned char plan_starter[] = {
#embed "../../Fixtures/plans/starter.json"
};
static const unsigned char plan_growth[] = {
#embed "../../Fixtures/plans/growth.json"
};
static const unsigned char plan_business[] = {
#embed "../../Fixtures/plans/business.json"
};
static const unsigned char plan_enterprise_2k[] = {
#embed "../../Fixtures/plans/enterprise-2k.json"
};
static const unsigned char plan_enterprise_3k[] = {
#embed "../../Fixtures/plans/enterprise-3k.json"
};
static const unsigned char plan_enterprise_4k[] = {
#embed "../../Fixtures/plans/enterprise-4k.json"
};
static const unsigned char plan_enterprise_5k[] = {
#embed "../../Fixtures/plans/enterprise-5k.json"
};
static const unsigned char weather_clear[] = {
#embed "../../Fixtures/weather/clear.json"
};
static const unsigned char weather_rainy[] = {
#embed "../../Fixtures/weather/rainy.json"
};
static const unsigned char weather_perplexity_down[] = {
#embed "../../Fixtures/weather/perplexity-down.json"
};
static const unsigned char weather_launch_day[] = {
#embed "../../Fixtures/weather/launch-day.json"
};
static const unsigned char weather_webhook_storm[] = {
#embed "../../Fixtures/weather/webhook-storm.json"
};
static const unsigned char result_aimode[] = {
#embed "../../Fixtures/results/aimode.json"
};
static const unsigned char result_chatgpt[] = {
#embed "../../Fixtures/results/chatgpt.json"
};
static const unsigned char result_copilot[] = {
#embed "../../Fixtures/results/copilot.json"
};
static const unsigned char result_gemini[] = {
#embed "../../Fixtures/results/gemini.json"
};
static const unsigned char result_google[] = {
#embed "../../Fixtures/results/google.json"
};
static const unsigned char result_google_news[] = {
#embed "../../Fixtures/results/google-news.json"
};
static const unsigned char result_grok[] = {
#embed "../../Fixtures/results/grok.json"
};
static const unsigned char result_perplexity[] = {
#embed "../../Fixtures/results/perplexity.json"
};
static const unsigned char magic[] = {
#embed "../../Fixtures/magic.json"
};
static const unsigned char schema[] = {
#embed "../../Fixtures/schema/fixture.schema.json"
};
static const unsigned char openapi[] = {
#embed "../../Fixtures/openapi.json"
};
static const unsigned char conformance[] = {
#embed "../../Fixtures/conformance.json"
};
// The page is one file, joined here from its parts. The scripts share one scope and run in this order:
// functions may be called from anywhere, constants and variables are defined before they are read.
static const unsigned char page[] = {
#embed "../../Fixtures/page/head.html" suffix(, )
#embed "../../Fixtures/page/page.css" suffix(, )
#embed "../../Fixtures/page/pictures.css" suffix(, )
#embed "../../Fixtures/page/body.html" suffix(, )
#embed "../../Fixtures/page/helpers.js" suffix(, )
#embed "../../Fixtures/page/calls.js" suffix(, )
#embed "../../Fixtures/page/token.js" suffix(, )
#embed "../../Fixtures/page/messages.js" suffix(, )
#embed "../../Fixtures/page/rows.js" suffix(, )
#embed "../../Fixtures/page/entries.js" suffix(, )
#embed "../../Fixtures/page/events.js" suffix(, )
#embed "../../Fixtures/page/traffic.js" suffix(, )
#embed "../../Fixtures/page/tabs.js" suffix(, )
#embed "../../Fixtures/page/menus.js" suffix(, )
#embed "../../Fixtures/page/journal.js" suffix(, )
#embed "../../Fixtures/page/burn.js" suffix(, )
#embed "../../Fixtures/page/organizations.js" suffix(, )
#embed "../../Fixtures/page/clock.js" suffix(, )
#embed "../../Fixtures/page/detail.js" suffix(, )
#embed "../../Fixtures/page/actions.js" suffix(, )
#embed "../../Fixtures/page/entry-detail.js" suffix(, )
#embed "../../Fixtures/page/curl.js" suffix(, )
#embed "../../Fixtures/page/organization-detail.js" suffix(, )
#embed "../../Fixtures/page/lists.js" suffix(, )
#embed "../../Fixtures/page/tasks.js" suffix(, )
#embed "../../Fixtures/page/webhooks.js" suffix(, )
#embed "../../Fixtures/page/ledger.js" suffix(, )
#embed "../../Fixtures/page/rules.js" suffix(, )
#embed "../../Fixtures/page/report.js" suffix(, )
#embed "../../Fixtures/page/keys.js" suffix(, )
#embed "../../Fixtures/page/timeline.js" suffix(, )
#embed "../../Fixtures/page/forecast.js" suffix(, )
#embed "../../Fixtures/page/start.js" suffix(, )
#embed "../../Fixtures/page/end.html" suffix(, )
};

static const struct cfixture fixtures[] = {
    {"plans/free", plan_free, sizeof(plan_free)},
    {"plans/lite", plan_lite, sizeof(plan_lite)},
    {"plans/hobby", plan_hobby, sizeof(plan_hobby)},
    {"plans/starter", plan_starter, sizeof(plan_starter)},
    {"plans/growth", plan_growth, sizeof(plan_growth)},
    {"plans/business", plan_business, sizeof(plan_business)},
    {"plans/enterprise-2k", plan_enterprise_2k, sizeof(plan_enterprise_2k)},
    {"plans/enterprise-3k", plan_enterprise_3k, sizeof(plan_enterprise_3k)},
    {"plans/enterprise-4k", plan_enterprise_4k, sizeof(plan_enterprise_4k)},
    {"plans/enterprise-5k", plan_enterprise_5k, sizeof(plan_enterprise_5k)},
    {"results/aimode", result_aimode, sizeof(result_aimode)},
    {"results/chatgpt", result_chatgpt, sizeof(result_chatgpt)},
    {"results/copilot", result_copilot, sizeof(result_copilot)},
    {"results/gemini", result_gemini, sizeof(result_gemini)},
    {"results/google", result_google, sizeof(result_google)},
    {"results/google-news", result_google_news, sizeof(result_google_news)},
    {"results/grok", result_grok, sizeof(result_grok)},
    {"results/perplexity", result_perplexity, sizeof(result_perplexity)},
    {"weather/clear", weather_clear, sizeof(weather_clear)},
    {"weather/rainy", weather_rainy, sizeof(weather_rainy)},
    {"weather/perplexity-down", weather_perplexity_down, sizeof(weather_perplexity_down)},
    {"weather/launch-day", weather_launch_day, sizeof(weather_launch_day)},
    {"weather/webhook-storm", weather_webhook_storm, sizeof(weather_webhook_storm)},
    {"magic", magic, sizeof(magic)},
    {"schema", schema, sizeof(schema)},
    {"openapi", openapi, sizeof(openapi)},
    {"conformance", conformance, sizeof(conformance)},
    {"page", page, sizeof(page)},
};

const struct cfixture *cfixture_at(int index) {
  int count = sizeof(fixtures) / sizeof(fixtures[0]);
  return index >= 0 && index < count ? &fixtures[index] : NULL;
}
