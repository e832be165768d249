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
static const unsigned char scene_brand_week[] = {
#embed "../../Fixtures/scenes/brand-week.json"
};
static const unsigned char scene_last_slot[] = {
#embed "../../Fixtures/scenes/last-slot.json"
};
static const unsigned char scene_month_end[] = {
#embed "../../Fixtures/scenes/month-end.json"
};
static const unsigned char scene_outage[] = {
#embed "../../Fixtures/scenes/outage.json"
};
static const unsigned char scene_receiver_down[] = {
#embed "../../Fixtures/scenes/receiver-down.json"
};
static const unsigned char scene_upgrade[] = {
#embed "../../Fixtures/scenes/upgrade.json"
};
// What agents read of the manual, and what they are taught.
static const unsigned char article_agents[] = {
#embed "../CloroMock/CloroMock.docc/Agents.md"
};
static const unsigned char article_async_and_webhooks[] = {
#embed "../CloroMock/CloroMock.docc/AsyncAndWebhooks.md"
};
static const unsigned char article_credits_and_ledger[] = {
#embed "../CloroMock/CloroMock.docc/CreditsAndLedger.md"
};
static const unsigned char article_drift[] = {
#embed "../CloroMock/CloroMock.docc/Drift.md"
};
static const unsigned char article_embedding[] = {
#embed "../CloroMock/CloroMock.docc/Embedding.md"
};
static const unsigned char article_engine_weather[] = {
#embed "../CloroMock/CloroMock.docc/EngineWeather.md"
};
static const unsigned char article_faults[] = {
#embed "../CloroMock/CloroMock.docc/Faults.md"
};
static const unsigned char article_fidelity[] = {
#embed "../CloroMock/CloroMock.docc/Fidelity.md"
};
static const unsigned char article_fixtures[] = {
#embed "../CloroMock/CloroMock.docc/Fixtures.md"
};
static const unsigned char article_https[] = {
#embed "../CloroMock/CloroMock.docc/HTTPS.md"
};
static const unsigned char article_limits_and_slots[] = {
#embed "../CloroMock/CloroMock.docc/LimitsAndSlots.md"
};
static const unsigned char article_plan_forecast[] = {
#embed "../CloroMock/CloroMock.docc/PlanForecast.md"
};
static const unsigned char article_recipes[] = {
#embed "../CloroMock/CloroMock.docc/Recipes.md"
};
static const unsigned char article_recording[] = {
#embed "../CloroMock/CloroMock.docc/Recording.md"
};
static const unsigned char article_scenes[] = {
#embed "../CloroMock/CloroMock.docc/Scenes.md"
};
static const unsigned char article_stubs[] = {
#embed "../CloroMock/CloroMock.docc/Stubs.md"
};
static const unsigned char article_time[] = {
#embed "../CloroMock/CloroMock.docc/Time.md"
};
static const unsigned char article_verdict[] = {
#embed "../CloroMock/CloroMock.docc/Verdict.md"
};
static const unsigned char skill[] = {
#embed "../Clients/skill/SKILL.md"
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
    {"scenes/brand-week", scene_brand_week, sizeof(scene_brand_week)},
    {"scenes/last-slot", scene_last_slot, sizeof(scene_last_slot)},
    {"scenes/month-end", scene_month_end, sizeof(scene_month_end)},
    {"scenes/outage", scene_outage, sizeof(scene_outage)},
    {"scenes/receiver-down", scene_receiver_down, sizeof(scene_receiver_down)},
    {"scenes/upgrade", scene_upgrade, sizeof(scene_upgrade)},
    {"articles/Agents", article_agents, sizeof(article_agents)},
    {"articles/AsyncAndWebhooks", article_async_and_webhooks, sizeof(article_async_and_webhooks)},
    {"articles/CreditsAndLedger", article_credits_and_ledger, sizeof(article_credits_and_ledger)},
    {"articles/Drift", article_drift, sizeof(article_drift)},
    {"articles/Embedding", article_embedding, sizeof(article_embedding)},
    {"articles/EngineWeather", article_engine_weather, sizeof(article_engine_weather)},
    {"articles/Faults", article_faults, sizeof(article_faults)},
    {"articles/Fidelity", article_fidelity, sizeof(article_fidelity)},
    {"articles/Fixtures", article_fixtures, sizeof(article_fixtures)},
    {"articles/HTTPS", article_https, sizeof(article_https)},
    {"articles/LimitsAndSlots", article_limits_and_slots, sizeof(article_limits_and_slots)},
    {"articles/PlanForecast", article_plan_forecast, sizeof(article_plan_forecast)},
    {"articles/Recipes", article_recipes, sizeof(article_recipes)},
    {"articles/Recording", article_recording, sizeof(article_recording)},
    {"articles/Scenes", article_scenes, sizeof(article_scenes)},
    {"articles/Stubs", article_stubs, sizeof(article_stubs)},
    {"articles/Time", article_time, sizeof(article_time)},
    {"articles/Verdict", article_verdict, sizeof(article_verdict)},
    {"skill", skill, sizeof(skill)},
    {"page", page, sizeof(page)},
};

const struct cfixture *cfixture_at(int index) {
  int count = sizeof(fixtures) / sizeof(fixtures[0]);
  return index >= 0 && index < count ? &fixtures[index] : NULL;
}

#ifndef CLORO_MOCK_MANUAL
#define CLORO_MOCK_MANUAL ""
#endif

const char *cfixture_manual(void) { return CLORO_MOCK_MANUAL; }
