// What a test found: the largest errors, and which are above their limit.
#pragma once

#include <cstdio>
#include <map>
#include <string>

// The largest errors, by instruction set and number type, and by what is compared.
class Report {
 public:
  void add(const std::string& group, const std::string& name, double error, double limit, const std::string& where) {
    ++count_;
    double& worst = worst_[group][name];
    if (!(error <= worst)) worst = error;
    if (error <= limit) return;
    if (++failed_ > 20) return;
    std::printf("%s %s: %.1e, at most %.1e, in %s\n", group.c_str(), name.c_str(), error, limit, where.c_str());
  }
  // Whether all errors are within their limits.
  bool print() const {
    for (const auto& [group, names] : worst_) {
      std::printf("%s:", group.c_str());
      for (const auto& [name, error] : names) std::printf("  %s %.1e", name.c_str(), error);
      std::printf("\n");
    }
    std::printf("%d passed, %d failed\n", count_ - failed_, failed_);
    return failed_ == 0;
  }

 private:
  int count_ = 0, failed_ = 0;
  std::map<std::string, std::map<std::string, double>> worst_;
};
