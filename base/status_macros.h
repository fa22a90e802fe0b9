// RETURN_IF_ERROR(expr): returns expr's status from the function when it is an error.
// ASSIGN_OR_RETURN(lhs, expr): lhs = the value of a StatusOr, or returns its status.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define RETURN_IF_ERROR(expr)                                         \
  do {                                                                \
    if (absl::Status status_ = (expr); !status_.ok()) return status_; \
  } while (false)

#define PARZEN_CONCAT_INNER(a, b) a##b
#define PARZEN_CONCAT(a, b) PARZEN_CONCAT_INNER(a, b)
#define ASSIGN_OR_RETURN(lhs, expr) ASSIGN_OR_RETURN_IMPL(PARZEN_CONCAT(status_or_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_IMPL(status_or, lhs, expr)          \
  auto status_or = (expr);                                   \
  if (!status_or.ok()) return std::move(status_or).status(); \
  lhs = *std::move(status_or)
