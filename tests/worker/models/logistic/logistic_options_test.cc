#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/models/fitted.h"

namespace parzen {
namespace {

using testing::HasSubstr;

std::string Error(absl::string_view options) {
  return MakeError(absl::StrCat("logistic_regression { ", options, " }"));
}

TEST(LogisticOptionsTest, NumbersThatAreNotWhatTheyMustBeAreNamed) {
  for (const char* c : {"0", "-1", "nan", "inf", "1e-310"}) {
    EXPECT_THAT(Error(absl::StrCat("c: ", c)), HasSubstr("logistic_regression.c: ")) << c;
  }
  for (const char* share : {"-0.1", "1.1", "nan"}) {
    EXPECT_THAT(Error(absl::StrCat("l1_ratio: ", share)), HasSubstr("logistic_regression.l1_ratio: ")) << share;
  }
  for (const char* tolerance : {"0", "-1", "nan", "inf"}) {
    EXPECT_THAT(Error(absl::StrCat("tolerance: ", tolerance)), HasSubstr("logistic_regression.tolerance: "))
        << tolerance;
  }
}

TEST(LogisticOptionsTest, SagaAloneKnowsPenaltiesWithAbsoluteValues) {
  for (const char* penalty : {"L1", "ELASTIC_NET"}) {
    for (const char* solver : {"LBFGS", "NEWTON_CG", "SAG"}) {
      EXPECT_EQ(Error(absl::StrCat("solver: ", solver, " penalty: ", penalty)),
                absl::StrCat("logistic_regression.penalty: ", penalty, " does not go with the solver ", solver,
                             ", which knows L2 and NONE; SAGA knows all"));
    }
    EXPECT_EQ(Error(absl::StrCat("solver: SAGA penalty: ", penalty)), "");
  }
}

TEST(LogisticOptionsTest, EverySolverKnowsSquaresAndNone) {
  for (const char* solver : {"LBFGS", "NEWTON_CG", "SAG", "SAGA"}) {
    for (const char* penalty : {"L2", "NONE"}) {
      EXPECT_EQ(Error(absl::StrCat("solver: ", solver, " penalty: ", penalty)), "");
    }
  }
}

}  // namespace
}  // namespace parzen
