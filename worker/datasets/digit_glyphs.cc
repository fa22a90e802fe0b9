#include "worker/datasets/digit_glyphs.h"

#include <array>

namespace parzen {
namespace {

Knot Smooth(float x, float y) { return {{x, y}, false}; }
Knot Corner(float x, float y) { return {{x, y}, true}; }

using Styles = std::vector<Glyph>;

Styles Zero() {
  const Stroke oval = {Smooth(.50f, .00f), Smooth(.25f, .14f), Smooth(.16f, .50f),
                       Smooth(.26f, .87f), Smooth(.51f, 1.f),  Smooth(.76f, .86f),
                       Smooth(.85f, .50f), Smooth(.74f, .13f), Smooth(.50f, .00f)};
  const Stroke hooked = {Smooth(.62f, .05f), Smooth(.42f, .02f), Smooth(.22f, .25f), Smooth(.18f, .60f),
                         Smooth(.32f, .95f), Smooth(.60f, .97f), Smooth(.80f, .68f), Smooth(.80f, .32f),
                         Smooth(.64f, .06f), Smooth(.46f, .12f)};
  return {{oval}, {hooked}};
}

Styles One() {
  const Stroke stem = {Smooth(.50f, .00f), Smooth(.50f, .50f), Smooth(.49f, 1.f)};
  const Stroke flag = {Smooth(.28f, .27f), Smooth(.42f, .14f), Corner(.54f, .00f), Smooth(.54f, .50f),
                       Smooth(.54f, 1.f)};
  const Stroke foot = {Smooth(.30f, 1.f), Smooth(.78f, .99f)};
  return {{stem}, {stem}, {flag}, {flag, foot}};
}

Styles Two() {
  const Stroke angular = {Smooth(.20f, .24f), Smooth(.34f, .04f), Smooth(.60f, .01f),
                          Smooth(.78f, .20f), Smooth(.68f, .48f), Smooth(.42f, .76f),
                          Corner(.17f, .99f), Smooth(.50f, .98f), Smooth(.85f, .98f)};
  const Stroke looped = {Smooth(.20f, .20f), Smooth(.44f, .00f), Smooth(.74f, .14f), Smooth(.70f, .46f),
                         Smooth(.44f, .82f), Smooth(.22f, .98f), Smooth(.15f, .88f), Smooth(.30f, .80f),
                         Smooth(.58f, .93f), Smooth(.90f, .92f)};
  return {{angular}, {looped}};
}

Styles Three() {
  const Stroke round = {Smooth(.20f, .13f), Smooth(.48f, .00f), Smooth(.76f, .17f),
                        Smooth(.66f, .40f), Corner(.42f, .48f), Smooth(.70f, .56f),
                        Smooth(.82f, .77f), Smooth(.54f, 1.f),  Smooth(.18f, .88f)};
  const Stroke flat = {Smooth(.20f, .01f), Smooth(.50f, .01f), Corner(.79f, .01f),
                       Smooth(.60f, .22f), Corner(.44f, .40f), Smooth(.72f, .48f),
                       Smooth(.82f, .74f), Smooth(.56f, 1.f),  Smooth(.18f, .90f)};
  return {{round}, {round}, {flat}};
}

Styles Four() {
  const Stroke open_arm = {Smooth(.28f, .02f), Smooth(.22f, .30f), Corner(.18f, .56f), Smooth(.50f, .55f),
                           Smooth(.84f, .53f)};
  const Stroke open_stem = {Smooth(.70f, .10f), Smooth(.67f, .55f), Smooth(.64f, 1.f)};
  const Stroke closed_arm = {Smooth(.62f, .00f), Smooth(.40f, .30f), Corner(.14f, .64f), Smooth(.50f, .65f),
                             Smooth(.88f, .64f)};
  const Stroke closed_stem = {Smooth(.62f, .00f), Smooth(.62f, .50f), Smooth(.61f, 1.f)};
  return {{open_arm, open_stem}, {open_arm, open_stem}, {closed_arm, closed_stem}};
}

Styles Five() {
  const Stroke belly = {Smooth(.28f, .03f), Smooth(.26f, .24f), Corner(.24f, .45f), Smooth(.50f, .36f),
                        Smooth(.78f, .54f), Smooth(.72f, .88f), Smooth(.44f, 1.f),  Smooth(.16f, .90f)};
  const Stroke bar = {Smooth(.28f, .03f), Smooth(.55f, .02f), Smooth(.82f, .00f)};
  const Stroke flowing = {Smooth(.80f, .04f), Smooth(.52f, .03f), Smooth(.32f, .12f),
                          Smooth(.30f, .34f), Smooth(.54f, .48f), Smooth(.74f, .66f),
                          Smooth(.66f, .92f), Smooth(.36f, 1.f),  Smooth(.16f, .88f)};
  return {{belly, bar}, {belly, bar}, {flowing}};
}

Styles Six() {
  const Stroke curled = {Smooth(.70f, .02f), Smooth(.42f, .18f), Smooth(.22f, .52f),
                         Smooth(.26f, .88f), Smooth(.52f, 1.f),  Smooth(.78f, .82f),
                         Smooth(.70f, .58f), Smooth(.44f, .54f), Smooth(.23f, .74f)};
  const Stroke straight = {Smooth(.58f, .00f), Smooth(.36f, .34f), Smooth(.22f, .72f), Smooth(.36f, .98f),
                           Smooth(.66f, .96f), Smooth(.78f, .74f), Smooth(.58f, .60f), Smooth(.30f, .72f)};
  return {{curled}, {straight}};
}

Styles Seven() {
  const Stroke plain = {Smooth(.16f, .04f), Smooth(.50f, .03f), Corner(.83f, .02f), Smooth(.62f, .46f),
                        Smooth(.42f, 1.f)};
  const Stroke hooked = {Smooth(.16f, .22f), Corner(.18f, .04f), Smooth(.52f, .06f),
                         Corner(.84f, .02f), Smooth(.58f, .44f), Smooth(.48f, 1.f)};
  const Stroke bar = {Smooth(.34f, .52f), Smooth(.78f, .48f)};
  return {{plain}, {plain}, {plain, bar}, {hooked}};
}

Styles Eight() {
  const Stroke crossed = {Smooth(.74f, .15f), Smooth(.50f, .00f), Smooth(.26f, .16f), Smooth(.42f, .40f),
                          Smooth(.70f, .62f), Smooth(.76f, .88f), Smooth(.48f, 1.f),  Smooth(.22f, .84f),
                          Smooth(.34f, .60f), Smooth(.62f, .40f), Smooth(.76f, .18f), Smooth(.66f, .05f)};
  const Stroke upper = {Smooth(.50f, .00f), Smooth(.28f, .10f), Smooth(.28f, .36f), Smooth(.50f, .46f),
                        Smooth(.72f, .36f), Smooth(.72f, .10f), Smooth(.50f, .00f)};
  const Stroke lower = {Smooth(.50f, .46f), Smooth(.24f, .58f), Smooth(.22f, .88f), Smooth(.50f, 1.f),
                        Smooth(.78f, .88f), Smooth(.76f, .58f), Smooth(.50f, .46f)};
  return {{crossed}, {crossed}, {upper, lower}};
}

Styles Nine() {
  const Stroke straight = {Smooth(.76f, .16f), Smooth(.52f, .00f), Smooth(.26f, .14f),
                           Smooth(.28f, .42f), Smooth(.54f, .48f), Smooth(.75f, .30f),
                           Corner(.78f, .12f), Smooth(.74f, .56f), Smooth(.70f, 1.f)};
  const Stroke curved = {Smooth(.77f, .20f), Smooth(.54f, .00f), Smooth(.27f, .16f),
                         Smooth(.32f, .45f), Smooth(.60f, .47f), Smooth(.78f, .22f),
                         Smooth(.78f, .58f), Smooth(.62f, .92f), Smooth(.30f, .98f)};
  return {{straight}, {curved}};
}

}  // namespace

absl::Span<const Glyph> GlyphsOf(int digit) {
  static const auto* const styles =
      new std::array<Styles, 10>{Zero(), One(), Two(), Three(), Four(), Five(), Six(), Seven(), Eight(), Nine()};
  return (*styles)[static_cast<size_t>(digit)];
}

}  // namespace parzen
