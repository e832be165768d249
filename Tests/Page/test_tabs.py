"""The tabs, and what the address keeps."""

from playwright.sync_api import expect


def test_the_arrow_keys_go_from_tab_to_tab(double, tab):
    shown = tab(double(), width=390, height=844)
    journal = shown.page.get_by_role("tab", name="Journal")
    expect(journal).to_have_attribute("aria-selected", "true")
    expect(shown.page.get_by_role("tabpanel", name="Journal")).to_be_visible()
    journal.focus()
    shown.press("ArrowRight")
    expect(shown.page.get_by_role("tab", selected=True)).to_have_text("Organizations")
    expect(shown.page.get_by_role("tabpanel", name="Organizations")).to_be_visible()
    expect(shown.find("#journal")).to_be_hidden()
    assert shown.focused() == "tab-organizations"
    # Of the tabs only the open one takes part in the order of the Tab key.
    assert shown.find("[role=tab][tabindex='0']").count() == 1
    shown.press("Home")
    expect(shown.page.get_by_role("tab", selected=True)).to_have_text("Journal")


def test_the_address_names_the_tab(double, tab):
    shown = tab(double(), width=390, height=844)
    shown.page.get_by_role("tab", name="Organizations").click()
    assert shown.page.url.endswith("/_mock/#/organizations")
    shown.page.reload()
    expect(shown.find("#organizations")).to_be_visible()
    shown.page.get_by_role("tab", name="Journal").click()
    shown.page.go_back()
    expect(shown.find("#organizations")).to_be_visible()
    # Where there is room for both, the organizations stand beside each tab.
    shown.page.set_viewport_size({"width": 1440, "height": 900})
    for part in ("#organizations", "#journal"):
        expect(shown.find(part)).to_be_visible()
    expect(shown.find("#tab-organizations")).to_be_hidden()
