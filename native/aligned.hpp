// Aligned: cache-line aligned arrays for lane registers.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <new>

namespace critlocus {

template <class T>
class Aligned {
 public:
  explicit Aligned(std::size_t count) : count_(count ? count : 1) {
    data_ = static_cast<T*>(std::aligned_alloc(64, (count_ * sizeof(T) + 63) / 64 * 64));
    if (!data_) throw std::bad_alloc();
    for (std::size_t i = 0; i < count_; ++i) data_[i] = T(0.0);
  }
  ~Aligned() { std::free(data_); }
  Aligned(const Aligned&) = delete;
  Aligned& operator=(const Aligned&) = delete;
  T* get() { return data_; }
  const T* get() const { return data_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }

 private:
  std::size_t count_;
  T* data_;
};

}  // namespace critlocus
